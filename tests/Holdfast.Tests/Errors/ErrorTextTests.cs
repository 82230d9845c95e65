using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Errors;

/// <summary>What errors say: where, what was found, and what to do.</summary>
public sealed class ErrorTextTests
{
    private readonly TestStore _test = new();

    private enum Mood
    {
        Good,
    }

    [Fact]
    public async Task Extend_ByATimeThatIsNotPositive_NamesItsParameter()
    {
        var error = await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.Thread("a").ExtendAsync(TimeSpan.FromHours(-2)));

        error.ParamName.ShouldBe("time");
        Should.Throw<ArgumentOutOfRangeException>(() => ExpiryPolicy.Never.For(ThreadStatus.Idle, TimeSpan.Zero)).ParamName.ShouldBe("time");
        (await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.CleanupAsync(new() { OlderThan = TimeSpan.FromHours(-1) })))
            .Message.ShouldContain("OlderThan");
    }

    [Fact]
    public async Task Todo_WithoutContent_IsRefusedInWords()
    {
        var session = await _test.Store.OpenAsync("a");

        var error = Should.Throw<ArgumentException>(() => session.Todos.Put(new() { Content = "" }));

        (error.ParamName, error.Message).ShouldBe(("todo", "A todo needs content: what is to be done. (Parameter 'todo')"));
        Should.Throw<ArgumentException>(() => session.Todos.Add("")).ParamName.ShouldBe("content");
    }

    [Fact]
    public async Task Key_ThatCannotBeUsed_IsToldWithItsSection()
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<InvalidIdentifierException>(() => session.Variables.Set("", 1)).Message.ShouldBe("A key of variables cannot be empty; give it 1 to 512 bytes of UTF-8.");
        Should.Throw<InvalidIdentifierException>(() => session.Tools["search"].Set("", 1)).Message.ShouldContain("tools/search");
        Should.Throw<InvalidIdentifierException>(() => session.Metadata.Set("a\n", 1)).Message.ShouldBe("This key of metadata cannot be used: it contains the control character U+000A.");
        Should.Throw<InvalidIdentifierException>(() => session.Tools[""]).Message.ShouldContain("The name of a tool");
        var state = new AgentState { Metadata = new Dictionary<string, JsonElement> { [""] = JsonElement.Parse("1") } };
        (await Should.ThrowAsync<InvalidIdentifierException>(async () => await _test.Store.SaveAsync("a", state))).Message.ShouldContain("metadata");
    }

    [Fact]
    public async Task Names_ThatAreEmpty_AreToldInGoodEnglish()
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<InvalidIdentifierException>(() => session.Agent = "").Message.ShouldBe("The agent name cannot be empty.");
        (await Should.ThrowAsync<InvalidIdentifierException>(async () => await _test.Store.OpenAsync("a", new() { UserId = "" }))).Message.ShouldBe("OpenOptions.UserId cannot be empty.");
        Should.Throw<InvalidIdentifierException>(() => ThreadId.Parse("")).Message.ShouldBe("The thread id cannot be empty.");
    }

    [Fact]
    public async Task Get_OfAnotherType_SaysWhatIsThereAndWhatWasAskedFor()
    {
        var variables = (await _test.Store.OpenAsync("a")).Variables;
        variables.Set("name", "Ann");
        variables.Set("many", 3_000_000_000L);
        variables.Set("half", 0.5);
        variables.Set("yes", true);
        variables.Set("list", new[] { 1 });
        variables.Set("place", JsonElement.Parse("""{"zip":{"a":"secret"}}"""));

        TextOf(() => variables.Get("name", 0)).ShouldBe("variables/name is a string; it was read as Int32.");
        TextOf(() => variables.Get<DateTimeOffset>("name")).ShouldBe("variables/name is a string; it was read as DateTimeOffset.");
        TextOf(() => variables.Get<Mood>("name")).ShouldBe("variables/name is a string; it was read as Mood.");
        TextOf(() => variables.Get<List<string>>("yes")).ShouldBe("variables/yes is a boolean; it was read as List<String>.");
        TextOf(() => variables.Get("list", "")).ShouldBe("variables/list is an array; it was read as String.");
        TextOf(() => variables.Get("place", 1)).ShouldBe("variables/place is an object; it was read as Int32.");
        TextOf(() => variables.Get("many", 0)).ShouldBe("variables/many is a number that is no Int32: it is too large, too small or not whole.");
        TextOf(() => variables.Get("half", 0)).ShouldBe("variables/half is a number that is no Int32: it is too large, too small or not whole.");
        TextOf(() => variables.Get<List<string>>("list")).ShouldBe("variables/list cannot be read as List<String>: the value at $[0] is of another type.");
        TextOf(() => variables.Get<Dictionary<string, int>>("place")).ShouldBe("variables/place cannot be read as Dictionary<String, Int32>: the value at $.zip is of another type.");
    }

    [Fact]
    public async Task Set_OfWhatCannotBeJson_NamesItsType()
    {
        var variables = (await _test.Store.OpenAsync("a")).Variables;
        using var stream = new MemoryStream();

        TextOf(() => variables.Set("file", stream)).ShouldStartWith("variables/file cannot be stored: MemoryStream cannot be turned into JSON:");
        TextOf(() => variables.Set("call", (Action)(() => { }))).ShouldStartWith("variables/call cannot be stored: Action cannot be turned into JSON:");
        TextOf(() => variables.Set("ratio", double.NaN)).ShouldBe("variables/ratio cannot be stored: JSON has no NaN and no infinity. Store null or a text instead.");
        TextOf(() => variables.Set("ratios", new[] { float.NegativeInfinity })).ShouldContain("JSON has no NaN and no infinity.");
    }

    [Fact]
    public void Conflict_OfAThreadThatDoesNotExist_SaysSo()
        => new CommitConflictException(ThreadKey.Of("a"), 1, 0).Message.ShouldBe(
            "Thread 'a' was expected at version 1 and does not exist. Nothing was written. Open the thread again and repeat the change, or use UpdateAsync, which does so.");

    [Fact]
    public void Deleted_NamesWhatCanBeDone()
    {
        var message = new ThreadNotFoundException(ThreadKey.Of("a"), deleted: true).Message;

        message.ShouldContain("RestoreDeletedAsync");
        message.ShouldContain("ResetAsync");
        message.ShouldContain("EraseAsync");
    }

    private static string TextOf(Func<object?> get) => Should.Throw<InvalidStateValueException>(() => get()).Message;

    private static string TextOf(Action set) => Should.Throw<InvalidStateValueException>(set).Message;
}
