using Holdfast.Logs;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateOptionsTests
{
    [Fact]
    public void Defaults_AreTheDocumentedOnes()
    {
        var options = new AgentStateOptions();

        options.Validate();
        options.TimeProvider.ShouldBeSameAs(TimeProvider.System);
        options.Expiry.ShouldBeSameAs(ExpiryPolicy.Never);
        options.Visibility.ShouldBe(new VisibilityPolicy());
        options.MaxCommitBytes.ShouldBe(16_777_216);
        options.MaxUpdateAttempts.ShouldBe(100);
        new OpenOptions().ShouldBe(new OpenOptions { RecentMessages = 0, LoadUser = true, MustExist = false, RebaseOnConflict = false });
    }

    public static IEnumerable<TheoryDataRow<string, Action<AgentStateOptions>>> OutOfRange() =>
    [
        new("TimeProvider", options => options.TimeProvider = null!),
        new("Expiry", options => options.Expiry = null!),
        new("Visibility", options => options.Visibility = null!),
        new("Json", options => options.Json = null!),
        new("MaxCommitBytes", options => options.MaxCommitBytes = 1023),
        new("MaxCommitBytes", options => options.MaxCommitBytes = AgentStateOptions.LargestCommitBytes + 1),
        new("MaxUpdateAttempts", options => options.MaxUpdateAttempts = 0),
        new("MaxMessages", options => options.Visibility = new() { MaxMessages = -1 }),
    ];

    [Theory, MemberData(nameof(OutOfRange))]
    public void Validate_ASettingOutOfItsRange_NamesIt(string name, Action<AgentStateOptions> change)
    {
        var options = new AgentStateOptions();
        change(options);

        var error = Should.Throw<StateConfigurationException>(options.Validate);

        error.Code.ShouldBe(ErrorCodes.InvalidConfiguration);
        error.Message.ShouldContain(name);
    }

    [Fact]
    public void Validate_ManySettingsOutOfTheirRanges_NamesThemAll()
    {
        var options = new AgentStateOptions
        {
            MaxCommitBytes = 5,
            MaxUpdateAttempts = 0,
            Visibility = new() { MaxMessages = 0, MaxVariables = -1, EssentialVariables = null! },
            Retry = new() { MaxRetries = 101, Delay = TimeSpan.FromMinutes(2), MaxDelay = TimeSpan.FromSeconds(1) },
        };

        var message = Should.Throw<StateConfigurationException>(() => new AgentStateStore(new InMemoryCommitLog(), options)).Message;

        foreach (var name in new[] { "MaxCommitBytes", "MaxUpdateAttempts", "MaxMessages", "MaxVariables", "EssentialVariables", "MaxRetries", "RetryOptions.Delay must", "RetryOptions.MaxDelay must" })
        {
            message.ShouldContain(name);
        }
    }

    [Fact]
    public async Task Options_ChangedAfterTheStoreWasMade_ChangeNothing()
    {
        var essential = new List<string> { "a" };
        var options = new AgentStateOptions { Visibility = new() { MaxVariables = 1, EssentialVariables = essential } };
        await using var store = new AgentStateStore(new InMemoryCommitLog(), options);

        options.MaxCommitBytes = 0;
        options.Expiry = null!;
        options.TimeProvider = null!;
        options.Retry.MaxRetries = -1;
        options.Json.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.KebabCaseUpper;
        options.Json = null!;
        options.Visibility = null!;
        essential.Clear();
        await store.UpdateAsync("t", session =>
        {
            session.Variables.Set("a", 1);
            session.Variables.Set("b", new { SomeName = 1 });
            session.Variables.GetJson("b")!.Value.GetRawText().ShouldBe("""{"someName":1}""");
        });

        (await store.LoadAsync("t"))!.Variables.Keys.ShouldBe(["a"]);
    }
}
