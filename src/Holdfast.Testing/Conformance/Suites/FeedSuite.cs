using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Testing.Suites;

/// <summary>Stores on the log, whose threads are watched: each commit is told once, also to those who come back with a position, beside any number of writers.</summary>
internal static class FeedSuite
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    public static async Task Watch_ThatComesBackAgainAndAgain_BesideManyWriters_IsToldEachCommitOnce(LogUnderTest test)
    {
        const int Writers = 4;
        const int Each = 8;
        var store = StoreOn(test, test.Log);
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await SayAsync(store, "watched", $"{writer}.{i}");
            }
        })).ToList();

        var (versions, texts, position) = (new List<long>(), new List<string>(), ThreadPosition.Beginning);
        while (versions.Count < Writers * Each)
        {
            foreach (var told in await TakeAsync(test, store, position, 5, Writers * Each - versions.Count))
            {
                var committed = ExpectCommit(told);
                versions.Add(committed.Commit.Version);
                texts.AddRange(committed.Messages.Select(message => message.Text));
                position = ThreadPosition.Parse(told.Position.ToString());
            }
        }

        await Task.WhenAll(writers);
        Expect.Sequence(Enumerable.Range(1, Writers * Each).Select(version => (long)version), versions, "the versions that were told");
        Expect.Sequence(
            from writer in Enumerable.Range(0, Writers) from i in Enumerable.Range(0, Each) select $"{writer}.{i}",
            texts.Order(StringComparer.Ordinal),
            "the messages that were told");
    }

    [When(LogCapabilities.MultiProcess)]
    public static async Task Watch_ThroughAnotherLogOnTheStore_IsToldOfItsCommits(LogUnderTest test)
    {
        var (store, other) = (StoreOn(test, test.Log), StoreOn(test, await test.OpenAnotherAsync()));
        await SayAsync(store, "watched", "1");
        var watching = TakeAsync(test, other, ThreadPosition.Beginning, 6, 6);
        for (var i = 2; i <= 6; i++)
        {
            await SayAsync(store, "watched", $"{i}");
        }

        Expect.Sequence([1, 2, 3, 4, 5, 6], (await watching).Select(told => ExpectCommit(told).Commit.Version), "the versions that were told through another log");
    }

    public static async Task Watch_AfterAPositionThatWasTrimmedAway_IsToldOfTheGap(LogUnderTest test)
    {
        var store = StoreOn(test, test.Log);
        await SayAsync(store, "watched", "1");
        var first = (await TakeAsync(test, store, ThreadPosition.Beginning, 1, 1))[0].Position;
        await SayAsync(store, "watched", new string('x', 20_000));
        for (var i = 3; i <= 5; i++)
        {
            await SayAsync(store, "watched", $"{i}");
        }

        var key = ThreadKey.Of(test.Tenant, "watched");
        var keyframe = Expect.NotNull(await test.Log.GetHeadAsync(key, test.Cancellation), "the head of the watched thread").KeyframeVersion;
        Expect.That(await test.Log.RewriteAsync(new RewriteRequest { Key = key, DropBelow = keyframe }, test.Cancellation), "the thread is trimmed");

        var told = await TakeAsync(test, store, first, 1 + (int)(5 - keyframe + 1), int.MaxValue);
        var gap = told[0] as VersionsDropped ?? throw new ConformanceException($"Expected the gap to be told, found {told[0]}.");
        Expect.Equal((2, keyframe - 1), (gap.From, gap.To), "the versions that were dropped");
        Expect.Sequence(
            Enumerable.Range((int)keyframe, (int)(6 - keyframe)).Select(version => (long)version), told.Skip(1).Select(after => ExpectCommit(after).Commit.Version), "the versions after the gap");
    }

    public static async Task Watch_OfAThreadThatIsErasedAndBegunAgain_EndsWithItsLife(LogUnderTest test)
    {
        var store = StoreOn(test, test.Log);
        await SayAsync(store, "watched", "first life");
        var first = (await TakeAsync(test, store, ThreadPosition.Beginning, 1, 1))[0].Position;
        Expect.That(await store.Thread("watched").EraseAsync(cancellationToken: test.Cancellation), "the thread is erased");

        Expect.Equal(false, ExpectEnd((await TakeAsync(test, store, first, 1, 1))[0], first).IsBegunAgain, "whether the erased thread was begun again");

        await SayAsync(store, "watched", "second life");
        var ended = ExpectEnd((await TakeAsync(test, store, first, 1, 1))[0], first);
        Expect.Equal(true, ended.IsBegunAgain, "whether the thread was begun again");
        Expect.Equal("second life", ExpectCommit((await TakeAsync(test, store, ended.Position, 1, 1))[0]).Messages[0].Text, "what is told after the end of a life");
    }

    public static async Task Watch_AfterAPositionThatTheThreadNeverWasAt_IsRefused(LogUnderTest test)
    {
        var store = StoreOn(test, test.Log);
        await SayAsync(store, "watched", "1");
        await SayAsync(store, "watched", "2");
        var positions = (await TakeAsync(test, store, ThreadPosition.Beginning, 2, 2)).ConvertAll(told => told.Position);

        foreach (var other in new[] { positions[0] with { Chain = positions[0].Chain ^ 1 }, positions[1] with { Chain = 0 }, positions[1] with { Version = 9 } })
        {
            await Expect.ThrowsAsync<UnknownPositionException>(() => TakeAsync(test, store, other, 1, 1), $"a watch after {other}");
        }
    }

    public static async Task Changes_TellEveryThread_AndEachThatMoves(LogUnderTest test)
    {
        var store = StoreOn(test, test.Log);
        await SayAsync(store, "a", "1");
        await SayAsync(store, "b", "1");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(test.Cancellation);
        var feed = store.ChangesAsync(new ChangesQuery { After = ChangesPosition.Beginning, PollInterval = Poll, FullPassInterval = TimeSpan.FromSeconds(1) }, end.Token).GetAsyncEnumerator(end.Token);
        await using (feed.ConfigureAwait(false))
        {
            var seen = new Dictionary<string, long>();
            await UntilAsync(feed, seen, ("a", 1), ("b", 1));
            await SayAsync(store, "b", "2");
            await SayAsync(store, "c", "1");
            await UntilAsync(feed, seen, ("a", 1), ("b", 2), ("c", 1));
        }
    }

    [When(HearsOthers = true)]
    public static async Task Hints_OfALogThatHasThem_TellOfCommitsOfAnother(LogUnderTest test)
    {
        if (test.Log.GetService<ICommitHints>() is not { } hints)
        {
            return;
        }

        var writer = StoreOn(test, test.Capabilities.HasFlag(LogCapabilities.MultiProcess) ? await test.OpenAnotherAsync() : test.Log);
        await SayAsync(writer, "watched", "0");
        var listener = new Listener(CommitHint.Of(ThreadKey.Of(test.Tenant, "watched")));
        using var listening = hints.Listen(listener);
        while (!listening.IsLive)
        {
            await Task.Delay(Poll, TimeProvider.System, test.Cancellation);
        }

        // A hint may be lost; not all of them.
        for (var i = 1; !listener.HasHeard; i++)
        {
            Expect.That(i < 100, "one of a hundred commits of another log is hinted at");
            await SayAsync(writer, "watched", $"{i}");
            await Task.WhenAny(listener.Heard, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, test.Cancellation));
        }
    }

    private static AgentStateStore StoreOn(LogUnderTest test, ICommitLog log) => new AgentStateStore(log).ForTenant(test.Tenant);

    private static async Task SayAsync(AgentStateStore store, ThreadId thread, string text)
        => await store.UpdateAsync(thread, session => session.History.Add(ChatRole.User, text));

    private static async Task<List<ThreadEvent>> TakeAsync(LogUnderTest test, AgentStateStore store, ThreadPosition after, int count, int most)
        => await store.Thread("watched").WatchAsync(new WatchOptions { After = after, PollInterval = Poll }, test.Cancellation).Take(Math.Min(count, most)).ToListAsync(test.Cancellation);

    private static async Task UntilAsync(IAsyncEnumerator<ThreadChange> feed, Dictionary<string, long> seen, params (string Thread, long Version)[] wanted)
    {
        while (wanted.Any(thread => seen.GetValueOrDefault(thread.Thread) < thread.Version))
        {
            await feed.MoveNextAsync();
            var thread = feed.Current.Thread;
            seen[thread.Id.Value] = thread.Version;
        }
    }

    private static ThreadCommitted ExpectCommit(ThreadEvent told) => told as ThreadCommitted ?? throw new ConformanceException($"Expected a commit to be told, found {told}.");

    private static ThreadEnded ExpectEnd(ThreadEvent told, ThreadPosition position)
    {
        var ended = told as ThreadEnded ?? throw new ConformanceException($"Expected the end of the thread to be told, found {told}.");
        Expect.Equal((ThreadEnd.Erased, position.Life, ThreadPosition.Beginning), (ended.Reason, ended.Life, ended.Position), "the end of the thread");
        return ended;
    }

    private sealed class Listener(CommitHint wanted) : IHintListener
    {
        private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Heard => _heard.Task;

        public bool HasHeard => _heard.Task.IsCompleted;

        public void Hear(CommitHint hint)
        {
            if (hint == wanted || hint == CommitHint.Any)
            {
                _heard.TrySetResult();
            }
        }
    }
}
