namespace Holdfast.Tests.Architecture;

/// <summary>The floor plan of the core: each folder is a room, and a room knows only rooms above it.</summary>
public sealed class RoomsTests
{
    private const int MostLines = 400;

    // A room, and the rooms whose types it may use. "Ids" stands for Ids and Errors, which know each other.
    private static readonly (string Room, string[] Knows)[] Plan =
    [
        ("Ids", []),
        ("Json", ["Ids"]),
        ("Diagnostics", ["Ids"]),
        ("Logs", ["Ids", "Json"]),
        ("Logs/Kit", ["Ids", "Json", "Logs"]),
        ("Logs/Memory", ["Ids", "Logs", "Logs/Kit"]),
        ("Logs/Files", ["Ids", "Json", "Diagnostics", "Logs", "Logs/Kit"]),
        ("Logs/Decorators", ["Ids", "Diagnostics", "Logs", "Logs/Kit"]),
        ("Messages", ["Ids", "Json"]),
        ("Bodies", ["Ids", "Json", "Logs", "Logs/Kit", "Messages"]),
        ("Folding", ["Ids", "Json", "Logs", "Logs/Kit", "Messages", "Bodies"]),
        ("History", ["Ids", "Logs", "Messages", "Bodies", "Folding"]),
        ("Core", ["Ids", "Json", "Diagnostics", "Logs", "Logs/Kit", "Logs/Decorators", "Bodies", "Folding", "History"]),
        ("Todos", ["Ids", "Json", "Diagnostics", "Bodies"]),
        ("Goals", ["Ids", "Json", "Diagnostics", "Bodies", "Todos"]),
        ("TurnFacts", ["Ids", "Json", "Messages", "Bodies"]),
        ("Forks", ["Ids", "Diagnostics", "Logs", "Logs/Kit", "Messages", "Bodies", "Folding", "Core", "TurnFacts"]),
        ("Sessions", ["Ids", "Json", "Diagnostics", "Logs", "Logs/Kit", "Messages", "Bodies", "Folding", "History", "Core", "Forks", "Todos", "Goals", "TurnFacts"]),
        ("Turns", ["Ids", "Json", "Diagnostics", "Logs", "Messages", "Bodies", "Folding", "History", "Core", "Goals", "TurnFacts", "Sessions"]),
        ("Interrupts", ["Ids", "Json", "Diagnostics", "Logs", "Core", "TurnFacts", "Sessions", "Turns"]),
        ("State", ["Ids", "Json", "Diagnostics", "Messages", "Bodies", "History", "Todos", "Goals", "Sessions"]),
        ("Feeds", ["Ids", "Diagnostics", "Logs", "Logs/Decorators", "Bodies", "Folding", "Core", "Sessions", "State"]),
        ("TimeMachine", ["Ids", "Json", "Diagnostics", "Logs", "Logs/Kit", "Messages", "Bodies", "Folding", "History", "Core", "Forks", "Todos", "Goals", "TurnFacts", "Sessions", "Turns", "State"]),
        ("Threads", ["Ids", "Json", "Diagnostics", "Logs", "Logs/Kit", "Messages", "Bodies", "Folding", "History", "Core", "Forks", "Goals", "Sessions", "State", "TurnFacts", "Turns", "Feeds", "TimeMachine"]),
        ("Stores", ["Ids", "Json", "Diagnostics", "Logs", "Logs/Kit", "Messages", "Bodies", "Core", "Forks", "Sessions", "State", "Threads", "Turns", "Interrupts", "Feeds", "TimeMachine"]),
        ("Chat", ["Ids", "Json", "Diagnostics", "Messages", "Core", "Sessions", "Threads", "Stores", "TurnFacts", "Turns"]),
        ("Hosting", ["Ids", "Diagnostics", "Logs", "Logs/Memory", "Logs/Files", "Logs/Decorators", "Core", "State", "TimeMachine", "Stores", "TurnFacts", "Turns"]),
    ];

    private static readonly SourceTree Core = SourceTree.Of("Holdfast");

    [Fact]
    public void ThePlan_HasNoCircles()
    {
        for (var i = 0; i < Plan.Length; i++)
        {
            Plan[i].Knows.ShouldBeSubsetOf(Plan[..i].Select(above => above.Room), $"{Plan[i].Room} knows only rooms above it");
        }
    }

    [Fact]
    public void EveryFile_IsInARoomOfThePlan()
        => Core.Files.Where(file => file.Room.Length > 0 || file.Types.Count > 0).Select(file => file.Room).Distinct().ShouldBe(Plan.Select(entry => entry.Room), ignoreOrder: true);

    [Fact]
    public void ARoom_UsesTypesOfTheRoomsThatItKnows()
    {
        var rooms = Declared(publicOnly: false);
        var plan = Plan.ToDictionary(entry => entry.Room, entry => entry.Knows, StringComparer.Ordinal);
        var broken = from file in Core.Files
                     from name in file.Names()
                     where rooms.TryGetValue(name, out var room) && room != file.Room && !plan[file.Room].Contains(room)
                     select $"{file.Path}: {name} of {rooms[name]}";

        broken.Order(StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void TheNameOfAType_IsGivenOnce()
        => Core.Files.SelectMany(file => file.Types.Keys.Select(type => (type, file.Room))).Distinct().GroupBy(type => type.type).Where(same => same.Count() > 1).ShouldBeEmpty();

    [Fact]
    public void TheLog_IsCalledOnlyWhereEntriesAreReadAndWritten()
    {
        string[] callers = ["Folding", "History", "Core", "Forks", "Sessions", "Turns", "Interrupts", "Feeds", "TimeMachine", "Threads", "Stores"];
        string[] calls = [".AppendAsync(", ".ReadTailAsync(", ".GetHeadAsync(", ".ListAllAsync(", ".UpdateHeadAsync(", ".RewriteAsync("];
        var others = Core.Files.Where(file => !file.Room.StartsWith("Logs", StringComparison.Ordinal) && !callers.Contains(file.Room));

        others.Where(file => calls.Any(call => file.Code.Contains(call, StringComparison.Ordinal))).Select(file => file.Path).ShouldBeEmpty();
    }

    [Fact]
    public void TheBodyOfAnEntry_IsOpenedOnlyWhereBodiesAreReadAndWritten()
    {
        var others = Core.Files.Where(file => !file.Room.StartsWith("Logs", StringComparison.Ordinal) && file.Room is not ("Bodies" or "Folding"));

        others.Where(file => file.Code.Replace("ntry.Body.Length", "", StringComparison.Ordinal).Contains("ntry.Body.", StringComparison.Ordinal)).Select(file => file.Path).ShouldBeEmpty();
    }

    [Fact]
    public void AClass_HasAtMost400Lines()
    {
        var classes = Core.Files.GroupBy(file => file.Path[..file.Path.IndexOf('.', StringComparison.Ordinal)]).Select(parts => (Name: parts.Key, Lines: parts.Sum(part => part.Lines)));

        classes.Where(type => type.Lines > MostLines).ShouldBeEmpty();
    }

    [Fact]
    public void AFile_HasOnePublicTypeOfItsName()
    {
        foreach (var file in Core.Files.Where(file => file.Types.Values.Any(isPublic => isPublic)))
        {
            file.Types.Where(type => type.Value).Select(type => type.Key).ShouldBe([Path.GetFileName(file.Path).Split('.')[0]], file.Path);
        }
    }

    [Theory]
    [InlineData("Holdfast.Sqlite")]
    [InlineData("Holdfast.Postgres")]
    [InlineData("Holdfast.Redis")]
    [InlineData("Holdfast.DynamoDb")]
    public void ABackend_KnowsTheContractOnly(string project)
    {
        string[] known = ["Ids", "Json", "Logs", "Logs/Kit"];
        var rooms = Declared(publicOnly: true);
        var broken = from file in SourceTree.Of(project).Files
                     from name in file.Names()
                     where rooms.TryGetValue(name, out var room) && !known.Contains(room)
                         && !(room == "Hosting" && file.Path.EndsWith("BuilderExtensions.cs", StringComparison.Ordinal))
                     select $"{file.Path}: {name} of {rooms[name]}";

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void NamesOfTypes_AreFoundInCodeOnly()
    {
        var file = SourceTree.SourceFile.Parse("A/B.cs", """
            // Comment
            /// <see cref="Documented"/>
            internal sealed class Declared(Parameter parameter) : Base
            {
                private const string Text = "Said";
                public Returned Property { get; init; }
                public Held Member => new() { Set = Other.Value, Slot = typeof(Asked) };
            }
            """);

        file.Types.ShouldBe(new Dictionary<string, bool> { ["Declared"] = false });
        file.Names().ShouldBe(["Parameter", "Base", "Returned", "Held", "Other", "Asked"], ignoreOrder: true);
        file.Lines.ShouldBe(6);
    }

    private static Dictionary<string, string> Declared(bool publicOnly)
        => Core.Files.SelectMany(file => file.Types.Where(type => type.Value || !publicOnly).Select(type => (type.Key, file.Room))).Distinct().ToDictionary(StringComparer.Ordinal);
}
