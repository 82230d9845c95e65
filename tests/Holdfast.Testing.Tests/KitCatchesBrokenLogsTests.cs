using Holdfast.Logs;
using Holdfast.Testing.Tests.Broken;

namespace Holdfast.Testing.Tests;

/// <summary>The kit is only worth something if it fails: each of these logs breaks one clause of the contract.</summary>
public sealed class KitCatchesBrokenLogsTests
{
    private static readonly Dictionary<string, (string Suite, Func<LogFixture> Fixture)> Broken = new()
    {
        ["overwrites what stands"] = ("Append", Memory(log => new OverwritingLog(log))),
        ["loses every tenth entry"] = ("Append", Memory(log => new LosingLog(log))),
        ["takes a repeated commit for a conflict"] = ("Append", Memory(log => new NoDuplicatesLog(log))),
        ["knows only its newest entry as a duplicate"] = ("Append", Memory(log => new NewestDuplicateOnlyLog(log))),
        ["compares versions but no chain hashes"] = ("Append", Memory(log => new VersionOnlyLog(log))),
        ["keeps its caller's buffer"] = ("Append", Memory(log => new BufferSharingLog(log))),
        ["looks before it writes, not while"] = ("Concurrency", Memory(log => new CheckThenActLog(log))),
        ["reads head and entries at two moments"] = ("Concurrency", Memory(log => new TornTailLog(log))),
        ["forgets to keep the expiry"] = ("Expiry", Memory(log => new ExpiryForgettingLog(log))),
        ["always keeps the expiry"] = ("Expiry", Memory(log => new ExpiryKeepingLog(log))),
        ["appends to change the expiry"] = ("Expiry", Memory(log => new TouchingExpiryLog(log))),
        ["gives missing threads an expiry"] = ("Expiry", Memory(log => new AgreeableExpiryLog(log))),
        ["does not hear of cancellation"] = ("Cancellation", Memory(log => new UncancellableLog(log))),
        ["says cancelled of what it wrote"] = ("Cancellation", Memory(log => new LyingCancellationLog(log))),
        ["minifies JSON"] = ("Body", Memory(log => new MinifyingLog(log))),
        ["stores bodies as text"] = ("Body", Memory(log => new TextLog(log))),
        ["cuts milliseconds off"] = ("Head", Memory(log => new CoarseTimeLog(log))),
        ["drops null from metadata"] = ("Metadata", Memory(log => new NullDroppingLog(log))),
        ["compares numbers as text"] = ("Metadata", Memory(log => new RawNumberLog(log))),
        ["ignores case in ids"] = ("Identifier", Memory(log => new CaselessLog(log))),
        ["joins tenant and id"] = ("Identifier", Memory(log => new JoiningLog(log))),
        ["trims ids"] = ("Identifier", Memory(log => new TrimmingLog(log))),
        ["cuts long ids"] = ("Identifier", Memory(log => new ShorteningLog(log))),
        ["normalizes Unicode"] = ("Identifier", Memory(log => new NormalizingLog(log))),
        ["ignores the minimum of a tail"] = ("Tail", Memory(log => new MinimumIgnoringLog(log))),
        ["reads past the keyframe"] = ("Tail", Memory(log => new KeyframeIgnoringLog(log))),
        ["reads forward only"] = ("Read", Memory(log => new ForwardOnlyLog(log))),
        ["excludes the end of a range"] = ("Read", Memory(log => new OpenEndedLog(log))),
        ["lists other tenants"] = ("List", Memory(log => new TenantIgnoringLog(log))),
        ["lists deleted threads"] = ("List", Memory(log => new DeletedListingLog(log))),
        ["lists expired threads"] = ("List", Memory(log => new ExpiredListingLog(log))),
        ["pages by offset"] = ("ListPaging", Memory(log => new OffsetPagingLog(log))),
        ["does not limit its pages"] = ("ListPaging", Memory(log => new UnlimitedPagesLog(log))),
        ["rewrites piece by piece"] = ("Rewrite", Memory(log => new PiecemealRewriteLog(log))),
        ["does not mark what was rewritten"] = ("Rewrite", Memory(log => new UnmarkedRewriteLog(log))),
        ["drops but does not replace"] = ("Rewrite", Memory(log => new DropOnlyRewriteLog(log))),
        ["erases what has changed"] = ("Erase", Memory(log => new RashEraseLog(log))),
        ["erases what was given more time"] = ("Erase", Memory(log => new ChainOnlyEraseLog(log))),
        ["brings erased entries back"] = ("Erase", Memory(log => new UndeadLog(log))),
        ["deletes what has expired when it reads"] = ("Capabilities", Memory(log => new DeletingReaderLog(log))),
        ["claims more than it can do"] = ("Capabilities", Memory(log => new BoastfulLog(log))),
        ["does not say what it stores into"] = ("Capabilities", Memory(log => new SilentLog(log))),
        ["forgets everything at a restart"] = ("Durability", () => new ForgetfulFixture()),
        ["caches what others change"] = ("Durability", () => new WrappedFixture(log => new CachingLog(log))),
        ["takes an outage for a missing thread"] = ("Outage", () => new WrappedRemoteFixture(log => new SilentReadLog(log))),
        ["swallows a failed append"] = ("Outage", () => new WrappedRemoteFixture(log => new SilentAppendLog(log))),
        ["expires what was given more time"] = ("NativeExpiry", () => new WrappedExpiringFixture(log => new FirstExpiryLog(log))),
        ["expires what is pinned"] = ("NativeExpiry", () => new WrappedExpiringFixture(log => new PinIgnoringExpiryLog(log))),
        ["removes what expired a moment ago"] = ("NativeExpiry", () => new WrappedExpiringFixture(log => new HastyExpiryLog(log))),
        ["ends where damage begins"] = ("Damage", () => new WrappedDamagedFixture(log => new SilentDamageLog(log))),
        ["hides what is before the damage"] = ("Damage", () => new WrappedDamagedFixture(log => new EarlyDamageLog(log))),
        ["does not know which version is damaged"] = ("Damage", () => new WrappedDamagedFixture(log => new NamelessDamageLog(log))),
        ["takes a damaged head for a missing thread"] = ("Damage", () => new WrappedDamagedFixture(log => new MissingHeadLog(log))),
        ["lets a keyframe begin a thread unasked"] = ("Begin", Memory(log => new RevivingLog(log))),
        ["lets version one begin a thread unasked"] = ("Begin", Memory(log => new UnaskedBeginLog(log))),
        ["continues a thread that was to begin"] = ("Begin", Memory(log => new ContinuingBeginLog(log))),
        ["makes up the life of a copy"] = ("Begin", Memory(log => new OwnLifeLog(log))),
        ["takes a commit of another life for a duplicate"] = ("Begin", Memory(log => new LifelessDuplicatesLog(log))),
        ["takes what was dropped for a conflict"] = ("Rewrite", Memory(log => new DroppedConflictLog(log))),
        ["takes a begin that was dropped for a conflict"] = ("Begin", Memory(log => new DroppedConflictLog(log))),
        ["lets appends change properties"] = ("Begin", Memory(log => new PropertyAppendingLog(log))),
        ["reads whatever life is there"] = ("Life", Memory(log => new LifeIgnoringLog(log))),
        ["mixes two lives in one read"] = ("Life", Memory(log => new LifeMixingLog(log))),
        ["does not know positions"] = ("Since", Memory(log => new SinceIgnoringLog(log))),
        ["leaves out what was dropped after a position"] = ("Since", Memory(log => new DroppedIgnoringSinceLog(log))),
        ["goes on from a position of another life"] = ("Since", Memory(log => new LifelessSinceLog(log))),
        ["goes on from a position that was never reached"] = ("Since", Memory(log => new FutureSinceLog(log))),
        ["lists what is not due"] = ("Due", Memory(log => new DueIgnoringLog(log))),
        ["lists what is due at the very instant"] = ("Due", Memory(log => new InclusiveDueLog(log))),
        ["lists what is due by name"] = ("Due", Memory(log => new UnorderedDueLog(log))),
        ["looks for one of several terms"] = ("Term", Memory(log => new FirstTermLog(log))),
        ["keeps ten terms"] = ("Term", Memory(log => new TermLosingLog(log))),
        ["moves the revision with the heartbeat"] = ("HeadUpdate", Memory(log => new RevisingHeartbeatLog(log))),
        ["updates without conditions"] = ("HeadUpdate", Memory(log => new UnconditionalUpdateLog(log))),
        ["updates whatever the revision"] = ("HeadUpdate", Memory(log => new RevisionIgnoringUpdateLog(log))),
        ["updates piece by piece"] = ("HeadUpdate", Memory(log => new PiecemealUpdateLog(log))),
        ["reads properties and writes them back"] = ("HeadUpdate", Memory(log => new LostUpdateLog(log))),
        ["shows pins to everyone"] = ("HeadUpdate", Memory(log => new PinShowingLog(log))),
        ["never removes a pin"] = ("HeadUpdate", Memory(log => new PinAddingLog(log))),
        ["removes the pin that it was to replace"] = ("HeadUpdate", Memory(log => new RemoveLastLog(log))),
        ["forgets that a copied entry was rewritten"] = ("Rewritten", Memory(log => new MarkForgettingLog(log))),
        ["rewrites what has changed"] = ("Rewritten", Memory(log => new RashRewriteLog(log))),
        ["forgets the digest of the first body"] = ("Rewritten", Memory(log => new RewritingHashLog(log))),
        ["does not say that it refuses a rewrite"] = ("Rewrite", Memory(log => new SilentRefusalLog(log))),
        ["copies a thread to make a trunk"] = ("Trunk", Memory(log => new CopyingTrunkLog(log))),
        ["leaves the thread beside its trunk"] = ("Trunk", Memory(log => new KeyTakingTrunkLog(log))),
        ["makes a trunk of what has changed"] = ("Trunk", Memory(log => new RashTrunkLog(log))),
        ["erases trunks with the thread"] = ("Trunk", Memory(log => new TrunkErasingLog(log))),
        ["does not know spaces"] = ("Space", Memory(log => new SpaceIgnoringLog(log))),
        ["joins space and id"] = ("Space", Memory(log => new SpaceJoiningLog(log))),
        ["lists other spaces"] = ("Space", Memory(log => new SpaceListingLog(log))),
        ["says that it drops, and does not"] = ("Feed", Memory(log => new HoardingLog(log))),
        ["loses what the model keeps"] = ("Model", Memory(log => new LosingLog(log))),
    };

    public static TheoryData<string> Defects => [.. Broken.Keys];

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task TheKit_CatchesALogThat(string defect)
    {
        var (suite, fixture) = Broken[defect];

        var failures = await FailuresAsync(suite, fixture);

        failures.ShouldNotBeEmpty();
        failures.ShouldAllBe(failure => failure is ConformanceException);
    }

    [Fact]
    public void EverySuite_HasADefectThatItCatches()
        => ConformanceSuite.All.Select(suite => suite.Name).ShouldBe(Broken.Values.Select(broken => broken.Suite).Distinct(), ignoreOrder: true);

    private static Func<LogFixture> Memory(Func<ICommitLog, ICommitLog> breakLog) => () => new BrokenFixture(breakLog);

    private static async Task<List<Exception>> FailuresAsync(string suite, Func<LogFixture> fixture)
    {
        var failures = new List<Exception>();
        foreach (var found in ConformanceSuite.All.Single(found => found.Name == suite).Cases)
        {
            await using var instance = fixture();
            if (found.AppliesTo(instance))
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

    private sealed class WrappedFixture(Func<ICommitLog, ICommitLog> wrap) : DurableStandInFixture
    {
        public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => wrap(await base.CreateAsync(cancellationToken));
    }

    private sealed class WrappedRemoteFixture(Func<ICommitLog, ICommitLog> wrap) : RemoteStandInFixture
    {
        public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => wrap(await base.CreateAsync(cancellationToken));
    }

    private sealed class WrappedDamagedFixture(Func<ICommitLog, ICommitLog> wrap) : CheckedDamagedFixture
    {
        public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => wrap(await base.CreateAsync(cancellationToken));
    }

    private sealed class WrappedExpiringFixture(Func<ICommitLog, ICommitLog> wrap) : ExpiringStandInFixture
    {
        public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => wrap(await base.CreateAsync(cancellationToken));
    }
}
