using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Feeds;

/// <summary>The projection of many threads, as docs/watch.md shows it: each commit has its effect once.</summary>
public sealed class ProjectionTests
{
    private readonly TestStore _test = new();
    private readonly Dictionary<ThreadId, ThreadPosition> _positions = [];
    private readonly List<ThreadEvent> _applied = [];
    private Func<ThreadId, Task> _onLoad = _ => Task.CompletedTask;

    [Fact]
    public async Task ThreadThatIsErasedAfterItWasTold_HoldsUpNoOther()
    {
        await SayAsync("a", "1");
        await SayAsync("b", "1");
        _onLoad = async thread => _ = thread == "a" && await _test.Store.Thread("a").EraseAsync();

        await ProjectUntilAsync(() => _applied.OfType<ThreadCommitted>().Any(told => told.ThreadId == "b"));
    }

    [Fact]
    public async Task ThreadThatIsBegunAgain_IsProjectedFromItsBeginning()
    {
        await SayAsync("a", "first life");
        await ProjectUntilAsync(() => _applied.Count == 1);
        await _test.Store.Thread("a").EraseAsync();
        await SayAsync("a", "second life");
        await SayAsync("b", "1");

        await ProjectUntilAsync(() => _positions.ContainsKey("b"));

        _applied.OfType<ThreadCommitted>().Select(told => told.Messages[0].Text).ShouldBe(["first life", "second life", "1"]);
        _applied.OfType<ThreadEnded>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task ThreadThatIsTrimmedBeyondWhatWasTold_HoldsUpNoOther()
    {
        await SayAsync("a", "1");
        await SayAsync("b", "1");
        _onLoad = async thread =>
        {
            if (thread == "a" && _positions.Count == 0)
            {
                await SayAsync("a", new string('x', 20_000));
                await SayAsync("a", "3");
                await SayAsync("a", "4");
                (await _test.Memory.GetHeadAsync(ThreadKey.Of("a")))!.KeyframeVersion.ShouldBe(3);
                await _test.Memory.RewriteAsync(new() { Key = ThreadKey.Of("a"), DropBelow = 3 });
            }
        };

        await ProjectUntilAsync(() => _positions.ContainsKey("b"));

        await ProjectUntilAsync(() => _positions["a"].Version == 4);
        _applied.OfType<ThreadCommitted>().Select(told => (told.ThreadId.Value, told.Commit.Version)).ShouldBe([("a", 3), ("b", 1), ("a", 4)]);
    }

    [Fact]
    public async Task ThreadThatIsDeleted_HoldsUpNoOther_AndIsProjectedOnceItIsRestored()
    {
        await SayAsync("a", "1");
        await SayAsync("b", "1");
        await _test.Store.Thread("a").DeleteAsync();
        await ProjectUntilAsync(() => _positions.ContainsKey("b"));

        await _test.Store.Thread("a").RestoreDeletedAsync();
        await ProjectUntilAsync(() => _positions["a"].Version == 3);

        _applied.OfType<ThreadCommitted>().Where(told => told.ThreadId == "a").Select(told => told.Commit.Version).ShouldBe([1, 2, 3]);
    }

    private async Task ProjectUntilAsync(Func<bool> isDone)
    {
        using var end = new CancellationTokenSource();
        var projecting = ProjectAsync(
            async thread =>
            {
                await _onLoad(thread);
                lock (_applied)
                {
                    return _positions.GetValueOrDefault(thread);
                }
            },
            told =>
            {
                lock (_applied)
                {
                    _applied.Add(told);
                    _positions[told.ThreadId] = told.Position;
                }

                return Task.CompletedTask;
            },
            end.Token);
        await Conditions.UntilAsync(() => IsDone() || projecting.IsFaulted);
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(projecting);

        bool IsDone()
        {
            lock (_applied)
            {
                return isDone();
            }
        }
    }

    private async Task ProjectAsync(Func<ThreadId, Task<ThreadPosition>> load, Func<ThreadEvent, Task> applyAndStorePosition, CancellationToken cancellationToken)
    {
        var store = _test.Store;
        await foreach (var change in store.ChangesAsync(new ChangesQuery { After = ChangesPosition.Beginning }, cancellationToken))
        {
            var (to, position, isDone) = (change.Thread.Position, await load(change.Thread.Id), false);
            while (!isDone && position != to && (position.Life != to.Life || position.Version <= to.Version))
            {
                // The beginning of this life. After that of any, a thread that is gone by now would be waited for, and all others with it.
                var after = position == ThreadPosition.Beginning ? to with { Version = 0, Chain = 0 } : position;
                await foreach (var told in store.Thread(change.Thread.Id).WatchAsync(after, cancellationToken))
                {
                    await applyAndStorePosition(told);
                    position = told.Position;
                    isDone = told is ThreadDeleted || (told is ThreadEnded ended && ended.Life == to.Life) || (told is ThreadCommitted && position.Version >= to.Version);
                    if (isDone)
                    {
                        break;
                    }
                }
            }
        }
    }

    private async Task SayAsync(ThreadId id, string text) => await _test.Store.UpdateAsync(id, session => session.Say(text));
}
