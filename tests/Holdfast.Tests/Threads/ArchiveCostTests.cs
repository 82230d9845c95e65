using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

/// <summary>What an archive costs: nothing, as long as nobody asks for what was moved there.</summary>
public sealed class ArchiveCostTests
{
    private const int Commits = 60;

    private readonly TestStore _cold = new();
    private readonly TestStore _hot;

    public ArchiveCostTests() => _hot = new(options => options.Archive = _cold.Faults);

    [Fact]
    public async Task Thread_ThatWasNeverArchived_CostsWhatItCostBefore()
    {
        await FillAsync();
        var session = await CallsAsync(1, () => _hot.Store.OpenAsync("a").AsTask());
        await CallsAsync(1, () => Say(session).CommitAsync().AsTask());

        // No read of entries asks for the head, whichever way and however far it goes.
        await CallsAsync(1, () => session.History.PageAsync(20).AsTask());
        await CallsAsync(1, () => session.History.CountAsync().AsTask());
        await CallsAsync(2, () => _hot.Store.Thread("a").LogAsync().CountAsync().AsTask());
        await CallsAsync(2, () => _hot.Store.Thread("a").LogAsync(new() { Ascending = true }).CountAsync().AsTask());
        await CallsAsync(2, () => _hot.Store.LoadAsync("a", 2).AsTask());

        // Of a watch: at first the commit that it begins after, then each time the head, and what is new.
        var watched = _hot.Store.Thread("a").WatchAsync(session.Position).GetAsyncEnumerator();
        await using var ending = watched;
        await CallsAsync(1, () => Say(session).CommitAsync().AsTask());
        await CallsAsync(3, () => watched.MoveNextAsync().AsTask());
        await Say(session).CommitAsync();
        await CallsAsync(2, () => watched.MoveNextAsync().AsTask());
        _cold.Log.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task Thread_ThatWasArchived_IsOpenedAndContinuedWithoutTheArchive_AndReadsOnlyWhatIsAskedFor()
    {
        await FillAsync();
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        (await _hot.Store.ArchiveAsync(new() { OlderThan = TimeSpan.FromDays(30) })).Archived.ShouldBe(1);
        _cold.Log.Reset();

        var session = await CallsAsync(1, () => _hot.Store.OpenAsync("a").AsTask());
        await CallsAsync(1, () => Say(session).CommitAsync().AsTask());
        _cold.Log.Calls.ShouldBe(0);

        // The log, its head, and the archive: as much of it as is asked for.
        (await CallsAsync(2, () => session.History.PageAsync(20).AsTask())).Messages.Count.ShouldBe(20);
        (_cold.Log.Calls, _cold.Log.EntryReads).ShouldBe((1, 1));
        var entry = _cold.Log.BytesRead / 20;
        _cold.Log.Reset();
        await session.History.Take(3).LastAsync();
        _cold.Log.BytesRead.ShouldBeInRange(1, 6 * entry, "it is read as it comes, not as a whole");
    }

    private static ThreadSession Say(ThreadSession session)
    {
        session.Say("text");
        return session;
    }

    private async Task FillAsync()
    {
        var session = await _hot.Store.OpenAsync("a");
        for (var i = 0; i < Commits; i++)
        {
            await Say(session).CommitAsync();
        }
    }

    private async Task<T> CallsAsync<T>(int expected, Func<Task<T>> act, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(act))] string? what = null)
    {
        _hot.Log.Reset();
        var result = await act();
        _hot.Log.Calls.ShouldBe(expected, what);
        return result;
    }
}
