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
        options.Retention.ShouldBe(new RetentionPolicy());
        options.MaxCommitBytes.ShouldBe(16_777_216);
        options.MaxUpdateAttempts.ShouldBe(100);
        new OpenOptions().ShouldBe(new OpenOptions { RecentMessages = 0, LoadUser = true, MustExist = false, RebaseOnConflict = false });
    }

    public static IEnumerable<TheoryDataRow<string, Action<AgentStateOptions>>> OutOfRange() =>
    [
        new("TimeProvider", options => options.TimeProvider = null!),
        new("Expiry", options => options.Expiry = null!),
        new("Retention", options => options.Retention = null!),
        new("Json", options => options.Json = null!),
        new("MaxCommitBytes", options => options.MaxCommitBytes = 1023),
        new("MaxCommitBytes", options => options.MaxCommitBytes = AgentStateOptions.LargestCommitBytes + 1),
        new("MaxUpdateAttempts", options => options.MaxUpdateAttempts = 0),
        new("MaxMessages", options => options.Retention = new() { MaxMessages = -1 }),
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
}
