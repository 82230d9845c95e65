using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Support;

/// <summary>A store with an archive, both in memory.</summary>
internal sealed class ArchivedStore
{
    public ArchivedStore() => Hot = new(options => options.Archive = Cold.Faults);

    /// <summary>What nobody has touched for a month.</summary>
    public static ArchiveOptions Old { get; } = new() { OlderThan = TimeSpan.FromDays(30) };

    public TestStore Hot { get; }

    public TestStore Cold { get; } = new();

    /// <summary>Begins old threads, one that is done with, one that waits for a person, and one with a queued turn; and a new one.</summary>
    public async Task FillAsync()
    {
        for (var i = 1; i <= 3; i++)
        {
            await Hot.CommitAsync("old", session => session.Say($"{i}"));
        }

        await Hot.CommitAsync("asks", session => session.Say("may I?"));
        await Hot.CommitAsync("asks", session => session.Status = ThreadStatus.WaitingForApproval);
        await Hot.CommitAsync("queued", session => session.Say("hello"));
        await Hot.Store.Thread("queued").SubmitTurnAsync([new(ChatRole.User, "later")]);
        Hot.Clock.Advance(TimeSpan.FromDays(60));
        await Hot.CommitAsync("new", session => session.Say("hello"));
    }

    public static ValueTask<List<ThreadHead>> HeadsAsync(TestStore store, params ThreadSpace[] spaces)
        => spaces.ToAsyncEnumerable().SelectMany(space => store.Memory.ListAllAsync(new() { Space = space, Filter = ThreadQuery.All, AsOf = store.Clock.GetUtcNow(), Expired = ExpiredFilter.Include })).ToListAsync();

    /// <summary>Every body that a log has.</summary>
    public static async Task<string> EverythingAsync(TestStore store)
        => string.Join('\n', await (await HeadsAsync(store, ThreadSpace.Threads, ThreadSpace.Trunks)).ToAsyncEnumerable()
            .SelectMany(head => store.Memory.ReadAsync(head.Key)).Select(entry => System.Text.Encoding.UTF8.GetString(entry.Body.Span)).ToListAsync());
}
