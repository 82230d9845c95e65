using System.Collections.Concurrent;
using System.Diagnostics;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Compare.Contestants;

/// <summary>Holdfast, through its public API.</summary>
/// <param name="version">The backend, its driver and their versions.</param>
/// <param name="open">Opens a log.</param>
/// <param name="embedded">Whether a new store object opens the files anew; over a server, it shares the connection.</param>
/// <param name="keepSessions">Whether a thread's session stays open between turns.</param>
internal sealed class HoldfastContestant(string version, Func<Task<ICommitLog>> open, bool embedded, bool keepSessions) : Contestant
{
    private const int CommitsBack = 30;

    private readonly ConcurrentDictionary<string, ThreadSession> _sessions = [];
    private AgentStateStore? _store;

    public override string Version => version;

    public override bool Blocks => embedded;

    public override async Task AppendAsync(string thread, Turn turn)
    {
        var store = _store ??= new(await open());
        if (!keepSessions || !_sessions.TryGetValue(thread, out var session))
        {
            session = await store.OpenAsync(thread);
            _sessions[thread] = session;
        }

        Change(session, turn);
        await session.CommitAsync();
    }

    public override async Task<Stored> ReadAsync(string thread, int messages)
    {
        var store = await OpenAnotherAsync();
        try
        {
            var session = await store.OpenAsync(thread, new() { RecentMessages = messages == int.MaxValue ? 0 : messages });
            var read = new List<string>();
            if (messages == int.MaxValue)
            {
                await foreach (var message in session.History)
                {
                    read.Add(message.Text);
                }
            }
            else
            {
                read.AddRange((await session.History.LastAsync(messages)).Select(message => message.Text));
            }

            return new(read, session.Variables.Keys.ToDictionary(key => key, key => session.Variables.GetJson(key)!.Value.GetRawText()));
        }
        finally
        {
            await CloseAsync(store);
        }
    }

    public override async Task<int> RaceAsync(string thread, Turn turn)
    {
        var store = await OpenAnotherAsync();
        try
        {
            var session = await store.OpenAsync(thread);
            await ModelAnswersAsync();
            Change(session, turn);
            for (var conflicts = 0; ; conflicts++)
            {
                try
                {
                    await session.CommitAsync();
                    return conflicts;
                }
                catch (CommitConflictException)
                {
                    await session.RebaseAsync();
                }
            }
        }
        finally
        {
            await CloseAsync(store);
        }
    }

    public override async Task<(double Rollback, double Fork)?> GoBackAsync(string thread)
    {
        var handle = (_store ??= new(await open())).Thread(thread);
        var began = Stopwatch.GetTimestamp();
        await handle.RestoreAsync(ThreadPoint.Back(CommitsBack));
        var rollback = Stopwatch.GetElapsedTime(began);
        began = Stopwatch.GetTimestamp();
        await handle.ForkAsync($"{thread}/{Guid.NewGuid():N}", new() { At = ThreadPoint.Back(CommitsBack) });
        return (rollback.TotalMilliseconds, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    public override ValueTask DisposeAsync() => _store?.DisposeAsync() ?? default;

    private async Task<AgentStateStore> OpenAnotherAsync() => embedded ? new(await open()) : new((_store ??= new(await open())).CommitLog);

    private ValueTask CloseAsync(AgentStateStore store) => embedded ? store.DisposeAsync() : default;

    private static void Change(ThreadSession session, Turn turn)
    {
        foreach (var message in new[] { turn.User, turn.Assistant })
        {
            session.History.Add(new ChatMessage(message.Role == "user" ? ChatRole.User : ChatRole.Assistant, message.Text) { MessageId = message.Id });
        }

        foreach (var (name, value) in turn.Variables)
        {
            if (value is int number)
            {
                session.Variables.Set(name, number);
            }
            else
            {
                session.Variables.Set(name, (string)value);
            }
        }
    }
}
