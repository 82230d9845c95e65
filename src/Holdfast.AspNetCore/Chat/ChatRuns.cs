using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;

namespace Holdfast;

/// <summary>The replies that are being made in this process. When the host stops they are waited for, as long as it allows; what is cut off then is resumed by its key.</summary>
internal sealed class ChatRuns(HandlerLog log) : IHostedService
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ChatRunKey, ChatRun> _byKey = [];
    private readonly HashSet<Task> _running = [];

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Begins a reply, or gives the one with the same key that is being made.</summary>
    /// <param name="key">Which one it is; null for one that nobody can come back to.</param>
    /// <param name="thread">The thread, for the log.</param>
    /// <param name="updates">Makes the reply. What it says is not lost when its reader leaves.</param>
    /// <param name="dataOf">The data of an update.</param>
    /// <returns>The reply, and whether it was being made already.</returns>
    public (ChatRun Run, bool IsJoined) Begin(ChatRunKey? key, ThreadId thread, Func<IAsyncEnumerable<ChatResponseUpdate>> updates, Func<ChatResponseUpdate, string?>? dataOf)
    {
        lock (_lock)
        {
            if (key is not null && _byKey.TryGetValue(key, out var running))
            {
                return (running, true);
            }

            var run = new ChatRun();
            if (key is not null)
            {
                _byKey.Add(key, run);
            }

            var task = Task.Run(() => RunAsync(run, thread, updates, dataOf), CancellationToken.None);
            _running.Add(task);
            _ = ForgetAsync(task, key);
            return (run, false);
        }
    }

    private async Task RunAsync(ChatRun run, ThreadId thread, Func<IAsyncEnumerable<ChatResponseUpdate>> updates, Func<ChatResponseUpdate, string?>? dataOf)
    {
        try
        {
            await foreach (var update in updates().ConfigureAwait(false))
            {
                foreach (var item in ChatEvents.Of(update, dataOf))
                {
                    run.Add(item);
                }
            }

            run.End(null);
        }
        catch (Exception e)
        {
            // Whoever listens is told; if nobody does, the log is all that knows.
            log.ReplyFailed(thread, e);
            run.End(e);
        }
    }

    private async Task ForgetAsync(Task task, ChatRunKey? key)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _running.Remove(task);
            if (key is not null)
            {
                _byKey.Remove(key);
            }
        }
    }
}
