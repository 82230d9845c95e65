using Holdfast.Logs;
using Holdfast.Testing.Tests.Broken;

namespace Holdfast.Testing.Tests;

/// <summary>The kit is only worth something if it fails: each of these logs breaks one clause of the contract.</summary>
public sealed class KitCatchesBrokenLogsTests
{
    private static readonly Dictionary<string, (string Suite, Func<ICommitLog, ICommitLog> Break)> Broken = new()
    {
        ["overwrites what stands"] = ("Append", log => new OverwritingLog(log)),
        ["loses every tenth entry"] = ("Append", log => new LosingLog(log)),
        ["takes a repeated commit for a conflict"] = ("Append", log => new NoDuplicatesLog(log)),
        ["knows only its newest entry as a duplicate"] = ("Append", log => new NewestDuplicateOnlyLog(log)),
        ["compares versions but no chain hashes"] = ("Append", log => new VersionOnlyLog(log)),
        ["keeps its caller's buffer"] = ("Append", log => new BufferSharingLog(log)),
        ["looks before it writes, not while"] = ("Concurrency", log => new CheckThenActLog(log)),
        ["reads head and entries at two moments"] = ("Concurrency", log => new TornTailLog(log)),
        ["forgets to keep the expiry"] = ("Expiry", log => new ExpiryForgettingLog(log)),
        ["always keeps the expiry"] = ("Expiry", log => new ExpiryKeepingLog(log)),
        ["appends to change the expiry"] = ("Expiry", log => new TouchingExpiryLog(log)),
        ["gives missing threads an expiry"] = ("Expiry", log => new AgreeableExpiryLog(log)),
        ["does not hear of cancellation"] = ("Cancellation", log => new UncancellableLog(log)),
        ["says cancelled of what it wrote"] = ("Cancellation", log => new LyingCancellationLog(log)),
        ["minifies JSON"] = ("Body", log => new MinifyingLog(log)),
        ["stores bodies as text"] = ("Body", log => new TextLog(log)),
        ["cuts milliseconds off"] = ("Head", log => new CoarseTimeLog(log)),
        ["drops null from metadata"] = ("Metadata", log => new NullDroppingLog(log)),
        ["compares numbers as text"] = ("Metadata", log => new RawNumberLog(log)),
        ["ignores case in ids"] = ("Identifier", log => new CaselessLog(log)),
        ["joins tenant and id"] = ("Identifier", log => new JoiningLog(log)),
        ["trims ids"] = ("Identifier", log => new TrimmingLog(log)),
        ["cuts long ids"] = ("Identifier", log => new ShorteningLog(log)),
        ["normalizes Unicode"] = ("Identifier", log => new NormalizingLog(log)),
        ["ignores the minimum of a tail"] = ("Tail", log => new MinimumIgnoringLog(log)),
        ["reads past the keyframe"] = ("Tail", log => new KeyframeIgnoringLog(log)),
        ["reads forward only"] = ("Read", log => new ForwardOnlyLog(log)),
        ["excludes the end of a range"] = ("Read", log => new OpenEndedLog(log)),
        ["lists other tenants"] = ("List", log => new TenantIgnoringLog(log)),
        ["lists deleted threads"] = ("List", log => new DeletedListingLog(log)),
        ["lists expired threads"] = ("List", log => new ExpiredListingLog(log)),
        ["pages by offset"] = ("ListPaging", log => new OffsetPagingLog(log)),
        ["does not limit its pages"] = ("ListPaging", log => new UnlimitedPagesLog(log)),
        ["rewrites piece by piece"] = ("Rewrite", log => new PiecemealRewriteLog(log)),
        ["does not mark what was rewritten"] = ("Rewrite", log => new UnmarkedRewriteLog(log)),
        ["drops but does not replace"] = ("Rewrite", log => new DropOnlyRewriteLog(log)),
        ["erases what has changed"] = ("Erase", log => new RashEraseLog(log)),
        ["erases what was given more time"] = ("Erase", log => new ChainOnlyEraseLog(log)),
        ["brings erased entries back"] = ("Erase", log => new UndeadLog(log)),
        ["deletes what has expired when it reads"] = ("Capabilities", log => new DeletingReaderLog(log)),
        ["claims more than it can do"] = ("Capabilities", log => new BoastfulLog(log)),
        ["does not say what it stores into"] = ("Capabilities", log => new SilentLog(log)),
        ["loses what the model keeps"] = ("Model", log => new LosingLog(log)),
    };

    public static TheoryData<string> Defects => [.. Broken.Keys];

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task TheKit_CatchesALogThat(string defect)
    {
        var (suite, breakLog) = Broken[defect];

        var failures = await FailuresAsync(suite, () => new BrokenFixture(breakLog));

        failures.ShouldNotBeEmpty();
        failures.ShouldAllBe(failure => failure is ConformanceException);
    }

    [Fact]
    public async Task TheKit_CatchesADurableLogThatForgetsAtARestart()
        => (await FailuresAsync("Durability", () => new ForgetfulFixture())).ShouldNotBeEmpty();

    [Fact]
    public async Task TheKit_CatchesALogThatCachesWhatOthersChange()
        => (await FailuresAsync("Durability", () => new CachingFixture())).ShouldNotBeEmpty();

    [Fact]
    public void EverySuite_HasADefectThatItCatches()
        => ConformanceSuite.All.Select(suite => suite.Name).Except(Broken.Values.Select(broken => broken.Suite)).ShouldBe(["Durability"]);

    private static async Task<List<Exception>> FailuresAsync(string suite, Func<LogFixture> fixture)
    {
        var failures = new List<Exception>();
        foreach (var found in ConformanceSuite.All.Single(found => found.Name == suite).Cases)
        {
            await using var instance = fixture();
            if (found.AppliesTo(instance.Capabilities))
            {
                try
                {
                    await found.RunAsync(instance, TestContext.Current.CancellationToken);
                }
                catch (Exception e)
                {
                    failures.Add(e);
                }
            }
        }

        return failures;
    }

    private sealed class BrokenFixture(Func<ICommitLog, ICommitLog> breakLog) : LogFixture
    {
        public override Type LogType => typeof(InMemoryCommitLog);

        public override LogCapabilities Capabilities => LogCapabilities.None;

        public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => new(breakLog(new InMemoryCommitLog()));

        public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => CreateAsync(cancellationToken);
    }

    private sealed class ForgetfulFixture : DurableStandInFixture
    {
        public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => new(new StandInLog(new InMemoryCommitLog(), Capabilities));
    }

    private sealed class CachingFixture : DurableStandInFixture
    {
        public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => new CachingLog(await base.CreateAsync(cancellationToken));
    }
}
