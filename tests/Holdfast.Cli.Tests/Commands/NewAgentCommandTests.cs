namespace Holdfast.Cli.Tests.Commands;

public sealed class NewAgentCommandTests : IAsyncDisposable
{
    private readonly Tool _tool = new();
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string, string> Kinds => [.. ProjectTemplate.All.SelectMany(template => ProjectTemplate.Stores, (template, store) => (template.Name, store))];

    private string Made => _directory["made"];

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return _tool.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task New_OfEachKind_LeavesNothingToBeReplaced(string template, string store)
    {
        var result = await _tool.RunAsync("new", "agent", "My.Agent", "--template", template, "--store", store, "--output", Made);

        result.ShouldExitWith(0).Error.ShouldBeEmpty();
        result.Lines[..2].ShouldBe([$"Made the project My.Agent in '{Made}'. Now:", $"  cd {Made}"]);

        var files = FilesOf(Made);
        new[] { ".gitignore", "README.md", "My.Agent.slnx", "My.Agent/Program.cs", "My.Agent/appsettings.json", "My.Agent/My.Agent.csproj", "My.Agent.Tests/My.Agent.Tests.csproj" }.ShouldBeSubsetOf(files.Keys);
        files["My.Agent/Models.cs"].ShouldContain("namespace My.Agent;");
        files["My.Agent/My.Agent.csproj"].ShouldContain($"Version=\"{ProjectTemplate.PackageVersion}\"");
        foreach (var token in store == "sqlite" ? ["HoldfastApp", "HOLDFAST_VERSION"] : new[] { "HoldfastApp", "HOLDFAST_VERSION", "sqlite" })
        {
            files.Where(file => $"{file.Key} {file.Value}".Contains(token, StringComparison.OrdinalIgnoreCase)).Select(file => file.Key).ShouldBeEmpty(token);
        }
    }

    [Fact]
    public void Definitions_HaveTheStoresThatTheToolNames()
        => ProjectTemplate.All.Select(template => string.Join(' ', template.Definition.GetProperty("symbols").GetProperty("store").GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("choice").GetString())))
            .ShouldAllBe(stores => stores == string.Join(' ', ProjectTemplate.Stores));

    [Fact]
    public async Task New_WhereNobodyCanBeAsked_TakesTheDefaults()
    {
        var result = await _tool.RunAsync("new", "agent", "My.Agent", "--output", Made, "--json");

        var answer = result.ShouldExitWith(0).Json;
        (answer.GetProperty("project").GetString(), answer.GetProperty("template").GetString(), answer.GetProperty("store").GetString()).ShouldBe(("My.Agent", "console", "sqlite"));
        answer.GetProperty("directory").GetString().ShouldBe(Made);
        answer.GetProperty("files").EnumerateArray().Select(file => file.GetString()).ShouldBe(FilesOf(Made).Keys, ignoreOrder: true);
    }

    [Fact]
    public async Task New_AtATerminal_AsksForWhatIsNotSaid()
    {
        var result = await AskAsync("my-agent\nMyAgent\nfax\nworker\n\n", "new", "agent", "--output", Made);

        result.ShouldExitWith(0).Error.ShouldContain("How about my_agent?");
        result.Error.ShouldContain("Template, one of console, web, worker [console]: ");
        result.Error.ShouldContain("Store, one of sqlite, files, postgres, redis [sqlite]: ");
        FilesOf(Made).Keys.ShouldContain("MyAgent/RefundHandler.cs");
        FilesOf(Made)["MyAgent/appsettings.json"].ShouldContain("sqlite:");
    }

    [Theory]
    [InlineData("--yes")]
    [InlineData("--template", "console", "--store", "sqlite")]
    public async Task New_AtATerminal_AsksNothingThatIsSaid(params string[] said)
        => (await AskAsync("", ["new", "agent", "MyAgent", "--output", Made, .. said])).ShouldExitWith(0).Error.ShouldBeEmpty();

    [Fact]
    public async Task New_WhoeverLeavesTheQuestions_GetsNothing()
    {
        (await AskAsync("MyAgent\nweb\n", "new", "agent", "--output", Made)).ShouldExitWith(1).Error.ShouldContain("error[not-confirmed]: Nothing was done.");

        Directory.Exists(Made).ShouldBeFalse();
    }

    [Theory]
    [InlineData("my-agent", "How about my_agent?")]
    [InlineData("../agent", "How about agent?")]
    [InlineData("1st.Agent", "My.Agent is one.")]
    [InlineData("My..Agent", "My.Agent is one.")]
    [InlineData("", "My.Agent is one.")]
    [InlineData("My.class", "'class' is a word of C#")]
    [InlineData("holdfast.Sqlite", "a package or a namespace that it uses has that name")]
    [InlineData("openai", "a package or a namespace that it uses has that name")]
    [InlineData("Agent\u001b[31m", "How about Agent_31m?")]
    public async Task New_WithANameThatIsNone_SaysWhatIsOne(string name, string said)
    {
        var result = await _tool.RunAsync("new", "agent", name, "--output", Made);

        result.ShouldExitWith(2).Error.ShouldContain(said);
        result.Error.ShouldNotContain("\u001b");
        Directory.Exists(Made).ShouldBeFalse();
    }

    [Theory]
    [InlineData("There is no template 'fax'.", "--template is one of console, web, worker.", "--template", "fax")]
    [InlineData("There is no store 'sqlite:a.db'.", "--store is one of sqlite, files, postgres, redis.", "--store", "sqlite:a.db")]
    public async Task New_WithWhatIsNotThere_SaysWhatIs(string error, string hint, params string[] args)
    {
        var result = await _tool.RunAsync(["new", "agent", "MyAgent", "--output", Made, .. args]);

        result.ShouldExitWith(2).Error.ShouldBe($"error[usage]: {error}\nhint: {hint}\n");
        Directory.Exists(Made).ShouldBeFalse();
    }

    [Fact]
    public async Task New_WithoutAName_WhereNobodyCanBeAsked_IsAUsageError()
        => (await _tool.RunAsync("new", "agent", "--output", Made)).ShouldExitWith(2).Error.ShouldContain("hint: `holdfast new agent My.Agent` gives it one.");

    [Fact]
    public async Task New_InAFolderThatIsNotEmpty_WritesNothing()
    {
        Directory.CreateDirectory(Made);
        await File.WriteAllTextAsync(_directory["made/mine.txt"], "mine");

        (await _tool.RunAsync("new", "agent", "MyAgent", "--output", Made)).ShouldExitWith(2).Error.ShouldContain("is not empty. Nothing was written.");
        (await _tool.RunAsync("new", "agent", "MyAgent", "--output", _directory["made/mine.txt"])).ShouldExitWith(2).Error.ShouldContain("There is a file");

        FilesOf(Made).ShouldHaveSingleItem().Value.ShouldBe("mine");
    }

    [Fact]
    public async Task New_WhereAFileCannotBeWritten_TakesBackWhatItWrote()
    {
        Should.Throw<ToolException>(() => ProjectFolder.Write(Made, [new("a.txt", "a"), new("b/c.txt", "c"), new("a.txt/d", "d")])).Message.ShouldStartWith("The project cannot be written: ");

        FilesOf(Made).ShouldBeEmpty();
        (await _tool.RunAsync("new", "agent", "MyAgent", "--output", "a\0b")).ShouldExitWith(2).Error.ShouldStartWith("error[invalid-input]: ");
    }

    [Fact]
    public async Task New_WithoutACommand_ShowsItsHelp() => (await _tool.RunAsync("new")).ShouldExitWith(2).Output.ShouldContain("agent [<NAME>]");

    [Fact]
    public async Task Help_SaysWhatTheStoreIsHere()
    {
        var help = (await _tool.RunAsync("new", "agent", "--help")).ShouldExitWith(0).Lines;

        help.Single(line => line.TrimStart().StartsWith("--store", StringComparison.Ordinal)).ShouldContain("--store <STORE>");
    }

    private static SortedDictionary<string, string> FilesOf(string folder)
        => new(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file).Replace('\\', '/'), File.ReadAllText), StringComparer.Ordinal);

    private Task<ToolResult> AskAsync(string input, params string[] args) => _tool.RunAsync(new StringReader(input), isInteractive: true, isTerminal: false, args);
}
