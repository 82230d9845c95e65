using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Holdfast;

/// <summary>A reply that is being made, and all that was said of it so far. It goes on whether anybody listens or not.</summary>
internal sealed class ChatRun
{
    private readonly Lock _lock = new();
    private readonly List<SseItem<string>> _events = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _error;
    private bool _hasEnded;

    public void Add(SseItem<string> item)
    {
        lock (_lock)
        {
            if (_events.Count == 0)
            {
                _events.Add(Numbered(ChatEvents.Start));
            }

            _events.Add(Numbered(item));
            Tell();
        }
    }

    /// <param name="error">Why the reply is not complete; null if it is.</param>
    public void End(Exception? error)
    {
        if (error is null)
        {
            Add(ChatEvents.Done);
        }

        lock (_lock)
        {
            if (error is not null && _events.Count > 0)
            {
                _events.Add(Numbered(ChatEvents.Problem(error)));
            }

            (_error, _hasEnded) = (error, true);
            Tell();
        }
    }

    /// <summary>Waits until the reply begins.</summary>
    /// <exception cref="Exception">It failed before it began.</exception>
    public async Task BegunAsync(CancellationToken cancellationToken)
    {
        Task news;
        lock (_lock)
        {
            if (_events.Count == 0 && _error is not null)
            {
                ExceptionDispatchInfo.Throw(_error);
            }

            if (_events.Count > 0)
            {
                return;
            }

            news = _news.Task;
        }

        await news.WaitAsync(cancellationToken).ConfigureAwait(false);
        await BegunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The events from one of them on, with a ping whenever there was none for a while.</summary>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(int from, TimeSpan keepAlive, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var next = from; ;)
        {
            var (item, news) = Look(next);
            if (item is { } there)
            {
                yield return there;
                next++;
                continue;
            }

            if (news is null)
            {
                yield break;
            }

            if (!await ComesAsync(news, keepAlive, time, cancellationToken).ConfigureAwait(false))
            {
                yield return ChatEvents.Ping;
            }
        }
    }

    /// <summary>Where whoever has seen an event goes on; at the beginning for one that is none of this reply.</summary>
    public int After(string? lastEventId)
    {
        lock (_lock)
        {
            return int.TryParse(lastEventId, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var last) && last < _events.Count ? last + 1 : 0;
        }
    }

    private (SseItem<string>? Item, Task? News) Look(int next)
    {
        lock (_lock)
        {
            return next < _events.Count ? (_events[next], null) : (null, _hasEnded ? null : _news.Task);
        }
    }

    private static async Task<bool> ComesAsync(Task news, TimeSpan keepAlive, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await news.WaitAsync(keepAlive, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private SseItem<string> Numbered(SseItem<string> item)
        => new(item.Data, item.EventType) { EventId = _events.Count.ToString(System.Globalization.CultureInfo.InvariantCulture) };

    private void Tell()
    {
        var news = _news;
        _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
        news.SetResult();
    }
}
