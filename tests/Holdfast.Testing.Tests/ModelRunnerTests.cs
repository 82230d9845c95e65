using System.Text.RegularExpressions;
using Holdfast.Logs;
using Holdfast.Testing.Tests.Broken;

namespace Holdfast.Testing.Tests;

public sealed partial class ModelRunnerTests
{
    private static readonly Dictionary<string, Func<ICommitLog, ICommitLog>> Broken = new()
    {
        ["overwrites what stands"] = log => new OverwritingLog(log),
        ["loses every tenth entry"] = log => new LosingLog(log),
        ["takes a repeated commit for a conflict"] = log => new NoDuplicatesLog(log),
        ["knows only its newest entry as a duplicate"] = log => new NewestDuplicateOnlyLog(log),
        ["compares versions but no chain hashes"] = log => new VersionOnlyLog(log),
        ["forgets to keep the expiry"] = log => new ExpiryForgettingLog(log),
        ["always keeps the expiry"] = log => new ExpiryKeepingLog(log),
        ["appends to change the expiry"] = log => new TouchingExpiryLog(log),
        ["gives missing threads an expiry"] = log => new AgreeableExpiryLog(log),
        ["ignores the minimum of a tail"] = log => new MinimumIgnoringLog(log),
        ["reads past the keyframe"] = log => new KeyframeIgnoringLog(log),
        ["reads forward only"] = log => new ForwardOnlyLog(log),
        ["excludes the end of a range"] = log => new OpenEndedLog(log),
        ["lists deleted threads"] = log => new DeletedListingLog(log),
        ["lists expired threads"] = log => new ExpiredListingLog(log),
        ["ignores case in ids"] = log => new CaselessLog(log),
        ["rewrites piece by piece"] = log => new PiecemealRewriteLog(log),
        ["does not mark what was rewritten"] = log => new UnmarkedRewriteLog(log),
        ["erases what has changed"] = log => new RashEraseLog(log),
        ["erases what was given more time"] = log => new ChainOnlyEraseLog(log),
        ["brings erased entries back"] = log => new UndeadLog(log),
        ["lets a keyframe begin a thread unasked"] = log => new RevivingLog(log),
        ["continues a thread that was to begin"] = log => new ContinuingBeginLog(log),
        ["takes a commit of another life for a duplicate"] = log => new LifelessDuplicatesLog(log),
        ["takes what was dropped for a conflict"] = log => new DroppedConflictLog(log),
        ["lets appends change properties"] = log => new PropertyAppendingLog(log),
        ["reads whatever life is there"] = log => new LifeIgnoringLog(log),
        ["does not know positions"] = log => new SinceIgnoringLog(log),
        ["leaves out what was dropped after a position"] = log => new DroppedIgnoringSinceLog(log),
        ["goes on from a position of another life"] = log => new LifelessSinceLog(log),
        ["lists what is not due"] = log => new DueIgnoringLog(log),
        ["looks for one of several terms"] = log => new FirstTermLog(log),
        ["moves the revision with the heartbeat"] = log => new RevisingHeartbeatLog(log),
        ["updates without conditions"] = log => new UnconditionalUpdateLog(log),
        ["updates piece by piece"] = log => new PiecemealUpdateLog(log),
        ["never removes a pin"] = log => new PinAddingLog(log),
        ["rewrites what has changed"] = log => new RashRewriteLog(log),
        ["copies a thread to make a trunk"] = log => new CopyingTrunkLog(log),
        ["leaves the thread beside its trunk"] = log => new KeyTakingTrunkLog(log),
        ["makes a trunk of what has changed"] = log => new RashTrunkLog(log),
        ["lists other spaces"] = log => new SpaceListingLog(log),
    };

    public static TheoryData<string> Defects => [.. Broken.Keys];

    [Fact]
    public async Task Run_OnTheInMemoryLog_FindsNoDifference()
        => await ModelRunner.RunAsync(new InMemoryCommitLog(), new() { Sequences = 300, LongestSequence = 120 }, TestContext.Current.CancellationToken);

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task Run_FindsALogThat(string defect)
        => await Should.ThrowAsync<ConformanceException>(() => ModelRunner.RunAsync(Broken[defect](new InMemoryCommitLog()), new() { Sequences = 1_000 }));

    [Fact]
    public async Task Failure_OfALongSequence_IsShrunkToWhatItNeeds()
    {
        var message = await FailAsync(new());

        // One append that sets an expiry and one that keeps it show the defect.
        SequenceLine().Match(message).Groups["steps"].Value.Split("; ").Length.ShouldBeLessThanOrEqualTo(3);
        message.ShouldContain("the expiry in the head of thread");
    }

    [Fact]
    public async Task Seed_OfAFailure_RunsTheSameSequenceAgain()
    {
        var message = await FailAsync(new());
        var seed = SeedText().Match(message).Groups["seed"].Value;

        var again = await FailAsync(new() { Seed = seed, Sequences = 1 });

        SequenceLine().Match(again).Value.ShouldBe(SequenceLine().Match(message).Value);
    }

    [Fact]
    public async Task Seed_OfAnotherForm_IsRefused()
        => await Should.ThrowAsync<ArgumentException>(() => ModelRunner.RunAsync(new InMemoryCommitLog(), new() { Seed = "nonsense" }));

    [Fact]
    public async Task Run_ThatIsCancelled_Throws()
        => await Should.ThrowAsync<OperationCanceledException>(() => ModelRunner.RunAsync(new InMemoryCommitLog(), cancellationToken: new(canceled: true)));

    private static async Task<string> FailAsync(ModelRunOptions options)
        => (await Should.ThrowAsync<ConformanceException>(() => ModelRunner.RunAsync(new ExpiryForgettingLog(new InMemoryCommitLog()), options))).Message;

    [GeneratedRegex("The sequence: (?<steps>.*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex SequenceLine();

    [GeneratedRegex("Seed = \"(?<seed>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex SeedText();
}
