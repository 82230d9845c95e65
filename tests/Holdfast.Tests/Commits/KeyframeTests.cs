using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Commits;

public sealed class KeyframeTests
{
    private const int Minimum = 16 * 1024;

    private readonly TestStore _test = new();

    [Fact]
    public void Threads_OfAnyCommits_OpenWithABoundedReadAndAreStoredInABoundedSpace()
    {
        var changes = from kind in Gen.Choose(0, 9)
                      from key in Gen.Choose(0, 15)
                      from size in Gen.Frequency((6, Gen.Choose(0, 100)), (3, Gen.Choose(0, 3000)), (1, Gen.Choose(0, 30_000)))
                      select new Change(kind, key, size);

        Prop.ForAll(changes.NonEmptyListOf().ToArbitrary(), RunAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(150));
    }

    [Fact]
    public async Task Keyframe_OfALongConversation_DoesNotHoldItsMessages()
    {
        var session = await _test.Store.OpenAsync("a");
        for (var i = 0; i < 100; i++)
        {
            session.Say($"message {i} {new string('x', 1000)}");
            await session.CommitAsync();
        }

        var keyframes = (await _test.EntriesAsync("a")).Where(entry => entry.IsKeyframe).ToList();
        keyframes.Count.ShouldBeInRange(4, 8);
        keyframes.ShouldAllBe(entry => entry.Body.Length < 1500);
    }

    [Fact]
    public async Task Keyframe_OfCommitsWithoutBulk_CountsWhatAnEntryTakesBesideItsBody()
    {
        var session = await _test.Store.OpenAsync("a");
        for (var i = 0; i < 600; i++)
        {
            session.Status = i % 2 == 0 ? ThreadStatus.Thinking : ThreadStatus.Idle;
            await session.CommitAsync();
        }

        (await _test.EntriesAsync("a")).Where(entry => entry.IsKeyframe).Select(entry => entry.Version).ShouldBe([.. Enumerable.Range(1, 11).Select(i => 54L * i)]);
    }

    [Fact]
    public async Task Keyframes_OfASessionThatIsKept_AreThoseOfSessionsThatReopen()
    {
        var kept = await _test.Store.OpenAsync("kept");
        for (var i = 0; i < 60; i++)
        {
            Change(kept, i);
            await kept.CommitAsync();
            await _test.CommitAsync("reopened", session => Change(session, i));
        }

        var versions = await KeyframesAsync("kept");
        versions.ShouldNotBeEmpty();
        versions.ShouldBe(await KeyframesAsync("reopened"));

        static void Change(ThreadSession session, int i)
        {
            session.Say(new string('x', 700));
            session.Variables.Set("v" + (i % 7), new string('y', i * 13 % 400));
        }
    }

    [Fact]
    public async Task Turns_AtALongHistory_CostWhatTheyCostAtAShortOne()
    {
        var session = await _test.Store.OpenAsync("a");
        for (var i = 0; i < 2000; i++)
        {
            session.Say(new string('x', 1000));
            session.Variables.Set("turns", 1_000_000 + i);
            await session.CommitAsync();
        }

        var sizes = _test.Log.Requests.Select(request => (long)request.Entry.Body.Length).ToList();
        sizes.Skip(1900).Sum().ShouldBeLessThanOrEqualTo((long)(sizes.Take(100).Sum() * 1.1));
        sizes.Sum().ShouldBeLessThan(2000 * 1000 * 3 / 2);
        _test.Log.Reset();
        await _test.Store.OpenAsync("a");
        _test.Log.BytesRead.ShouldBeLessThan(Minimum + 4096);
    }

    [Fact]
    public async Task Sizes_OfStates_AreNotEstimatedTooLow()
    {
        await _test.CommitAsync("a", session =>
        {
            for (var i = 0; i < 2000; i++)
            {
                session.Variables.Set("k" + i, i);
                session.Tools["tool"].Set("é" + i, "ü");
            }

            session.Say(new string('x', 400_000));
        });
        await _test.CommitAsync("a", session => session.Variables.Remove("k0"));

        var session = await _test.Store.OpenAsync("a");
        var keyframe = (await _test.EntriesAsync("a"))[1];
        keyframe.IsKeyframe.ShouldBeTrue();
        CommitBodyWriter.KeyframeSize(session.State.State).ShouldBeInRange(StateSize(keyframe), (long)(StateSize(keyframe) * 1.05));
    }

    private static async Task RunAsync(IList<Change> changes)
    {
        var test = new TestStore();
        var session = await test.Store.OpenAsync("a");
        foreach (var change in changes)
        {
            change.Apply(session);
            if ((await session.CommitAsync()).IsEmpty)
            {
                continue;
            }

            test.Log.Reset();
            var opened = await test.Store.OpenAsync("a");
            var entries = await test.EntriesAsync("a");
            var keyframe = entries.LastOrDefault(entry => entry.IsKeyframe);
            var bound = (keyframe?.Body.Length ?? 0) + Math.Max(2 * CommitBodyWriter.KeyframeSize(opened.State.State), Minimum) + entries[^1].Body.Length;
            test.Log.TailReads.ShouldBe(1);
            test.Log.BytesRead.ShouldBeLessThanOrEqualTo(bound);
        }

        var stored = await test.EntriesAsync("a");
        if (stored.Count == 0)
        {
            return;
        }

        // What the tail folds to is what all entries fold to.
        var all = new ThreadState();
        var walk = new EntryWalk(new(), ThreadKey.Of("a")) { Expected = 1, Chain = ChainHash.Start };
        stored.ForEach(entry => all.Apply(walk.Open(entry)));
        var tail = TailFold.Of(new(), (await test.Memory.ReadTailAsync(ThreadKey.Of("a")))!);
        tail.State.SameAs(all).ShouldBeTrue();
        session.State.State.SameAs(all).ShouldBeTrue();
        tail.State.Bytes.ShouldBe(session.State.State.Bytes);
        KeysOf(tail.State).ShouldBe(KeysOf(all));
        KeysOf(session.State.State).ShouldBe(KeysOf(all));
        (await test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();

        long bytes = stored.Sum(entry => entry.Body.Length);
        var payload = bytes - stored.Where(entry => entry.IsKeyframe).Sum(StateSize);
        bytes.ShouldBeLessThanOrEqualTo((3 * payload) + (2 * KeyframeRule.EntryOverhead * stored.Count));
    }

    // In their order: what was set first is the first to go.
    private static IEnumerable<string> KeysOf(ThreadState state)
        => state.Sections.Where(section => section.Value.Count > 0).Select(section => $"{section.Key}: {string.Join(' ', section.Value.Keys)}").Order(StringComparer.Ordinal);

    private static long StateSize(LogEntry entry)
    {
        using var body = JsonDocument.Parse(entry.Body);
        return System.Text.Encoding.UTF8.GetByteCount(body.RootElement.GetProperty("state").GetRawText());
    }

    private async Task<List<long>> KeyframesAsync(ThreadId id) => [.. (await _test.EntriesAsync(id)).Where(entry => entry.IsKeyframe).Select(entry => entry.Version)];

    private sealed record Change(int Kind, int Key, int Size)
    {
        public void Apply(ThreadSession session)
        {
            var text = new string('x', Size);
            switch (Kind)
            {
                case 0 or 1 or 2: session.Say(text); break;
                case 3 or 4: session.Variables.Set("v" + Key, text); break;
                case 5: session.Variables.Remove("v" + Key); break;
                case 6: session.Tools["t" + (Key % 3)].Set("k" + Key, text); break;
                case 7: session.History.KeepLast(1 + Key); break;
                case 8: session.Metadata.Set("m" + Key, Size); session.Status = (ThreadStatus)(Key % 5); break;
                default: session.Tools["t" + (Key % 3)].Clear(); session.Agent = Key % 4 == 0 ? null : "agent" + Key; break;
            }
        }
    }
}
