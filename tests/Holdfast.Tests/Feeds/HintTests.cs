using System.Collections.Concurrent;
using Holdfast.Logs;
using Holdfast.Testing.Shared;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Feeds;

/// <summary>Hints on their way between processes: what they say, and that what cannot be sent harms nobody.</summary>
public sealed class HintTests
{
    [Fact]
    public void Text_ComesBack()
    {
        CommitHint[] hints = [new(1), new(-1), new(long.MaxValue), CommitHint.Of(ThreadKey.Of("acme", "a"))];

        HintText.Read(HintText.Write(hints)).ShouldBe(hints);
        HintText.Write(hints).ShouldNotContain("acme");
    }

    [Fact]
    public void Text_ThatNamesTooMany_OrIsNone_MeansAny()
    {
        HintText.Write([.. Enumerable.Range(1, HintText.Most + 1).Select(number => new CommitHint(number))]).ShouldBe("*");
        HintText.Write([.. Enumerable.Range(1, HintText.Most).Select(number => new CommitHint(number))]).Length.ShouldBeLessThan(8000);
        foreach (var text in new[] { "*", "", "nonsense", "0000000000000001 nonsense", new string('f', 100_000) })
        {
            HintText.Read(text).ShouldBe([CommitHint.Any]);
        }
    }

    [Fact]
    public void Threads_WhosePartsAreDividedOtherwise_HaveDifferentNumbers()
        => new[] { ThreadKey.Of("a", "bc"), ThreadKey.Of("ab", "c"), ThreadKey.Of("", "abc"), ThreadKey.Of(ThreadSpace.Users, "a", "bc") }.Select(CommitHint.Of).ShouldBeUnique();

    [Fact]
    public async Task Sender_GathersWhatComesWhileItSends()
    {
        var sent = new ConcurrentQueue<string>();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sender = new HintSender(async (text, _) =>
        {
            sent.Enqueue(text);
            reached.TrySetResult();
            await gate.Task;
            return true;
        });

        sender.Add(ThreadKey.Of("a"));
        await reached.Task;
        sender.Add(ThreadKey.Of("b"));
        sender.Add(ThreadKey.Of("b"));
        sender.Add(ThreadKey.Of("c"));
        gate.SetResult();

        await Conditions.UntilAsync(() => sent.Count == 2);
        sent.SelectMany(HintText.Read).ShouldBe([.. new[] { "a", "b", "c" }.Select(id => CommitHint.Of(ThreadKey.Of(id)))], ignoreOrder: true);
    }

    [Fact]
    public async Task Sender_ThatIsDisposedOf_TellsOfTheLastCommits()
    {
        var sent = new ConcurrentQueue<string>();
        var sender = new HintSender(async (text, _) =>
        {
            await Task.Yield();
            sent.Enqueue(text);
            return false;
        });

        sender.Add(ThreadKey.Of("a"));
        await Conditions.UntilAsync(() => sent.Count == 1);
        sender.Add(ThreadKey.Of("b"));
        await sender.DisposeAsync();

        sent.SelectMany(HintText.Read).ShouldBe([CommitHint.Of(ThreadKey.Of("a")), CommitHint.Of(ThreadKey.Of("b"))]);
    }

    [Fact]
    public async Task Sender_WhoseServerIsAway_HarmsNobody_AndEnds()
    {
        var tries = 0;
        var sender = new HintSender((_, _) =>
        {
            Interlocked.Increment(ref tries);
            throw new StoreUnavailableException("away");
        });

        sender.Add(ThreadKey.Of("a"));
        await Conditions.UntilAsync(() => Volatile.Read(ref tries) == 1);

        await sender.DisposeAsync();
        sender.Add(ThreadKey.Of("b"));
        await sender.DisposeAsync();
        tries.ShouldBe(1);
    }

    [Fact]
    public async Task Listening_ThatFails_BeginsAgain_AndTellsThatSomethingMayHaveBeenMissed()
    {
        var heard = new Listener();
        var begun = 0;
        var listenings = new HintListenings();
        using var listening = listenings.Start(heard, async (own, stop) =>
        {
            own.Begin();
            if (Interlocked.Increment(ref begun) == 1)
            {
                throw new StoreUnavailableException("lost");
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });

        await Conditions.UntilAsync(() => Volatile.Read(ref begun) == 2 && listening.IsLive);

        // When it began, when it was lost, and when it began again.
        heard.Hints.ShouldBe([CommitHint.Any, CommitHint.Any, CommitHint.Any]);
        await listenings.DisposeAsync();
        listening.IsLive.ShouldBeFalse();
        Should.Throw<ObjectDisposedException>(() => listenings.Start(heard, (_, _) => Task.CompletedTask));
    }

    [Fact]
    public async Task Listening_IsSharedByAllWatchesOfAStore_AndEndsWithIt()
    {
        var log = new ToldLog();
        var store = new AgentStateStore(log);
        await using var one = new Told<ThreadEvent>(store.Thread("a").WatchAsync(new WatchOptions { PollInterval = TimeSpan.FromHours(1) }));
        await using var two = new Told<ThreadEvent>(store.Thread("b").WatchAsync(new WatchOptions { PollInterval = TimeSpan.FromHours(1) }));
        one.Begin();
        two.Begin();
        log.Listeners.Count.ShouldBe(1);

        // As another process would.
        await using var other = new AgentStateStore(log.Memory);
        await other.UpdateAsync("b", session => session.Say("x"));
        log.Listeners[0].Hear(CommitHint.Of(ThreadKey.Of("b")));

        (await two.NextAsync()).ShouldBeOfType<ThreadCommitted>();
        one.HasCome.ShouldBeFalse();
        await store.DisposeAsync();
        log.Ended.ShouldBe(1);
        await Should.ThrowAsync<ObjectDisposedException>(one.NextAsync);
    }

    private sealed class Listener : IHintListener
    {
        public ConcurrentQueue<CommitHint> Hints { get; } = new();

        public void Hear(CommitHint hint) => Hints.Enqueue(hint);
    }

    // A log in memory that hints only when the test does.
    private sealed class ToldLog : Testing.Tests.DelegatingLog, ICommitHints, IHintSubscription
    {
        public ToldLog()
            : this(new())
        {
        }

        private ToldLog(InMemoryCommitLog memory)
            : base(memory) => Memory = memory;

        public InMemoryCommitLog Memory { get; }

        public List<IHintListener> Listeners { get; } = [];

        public int Ended { get; private set; }

        public bool IsLive => true;

        public IHintSubscription Listen(IHintListener listener)
        {
            Listeners.Add(listener);
            return this;
        }

        void IDisposable.Dispose() => Ended++;
    }
}
