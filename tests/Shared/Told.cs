namespace Holdfast.Testing.Shared;

/// <summary>A watch or a feed, whose events are taken one by one; each must come, however slow the machine is.</summary>
internal sealed class Told<T>(IAsyncEnumerable<T> events, CancellationToken cancellationToken = default) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    private readonly IAsyncEnumerator<T> _events = events.GetAsyncEnumerator(cancellationToken);
    private Task<bool>? _moving;

    /// <summary>Begins to wait for the next event: the watch looks, and there is none yet.</summary>
    public void Begin() => _moving ??= _events.MoveNextAsync().AsTask();

    /// <summary>Whether an event, or the end, is there.</summary>
    public bool HasCome => _moving?.IsCompleted ?? false;

    /// <summary>Whether the next event, or the end, comes in this time, where it need not come.</summary>
    public async Task<bool> ComesWithinAsync(TimeSpan time)
    {
        Begin();
        return await Task.WhenAny(_moving!, Task.Delay(time, TimeProvider.System, CancellationToken.None)) == _moving;
    }

    /// <summary>The next event.</summary>
    public async Task<T> NextAsync() => await MoveAsync() ? _events.Current : throw new InvalidOperationException("An event was expected, and the enumeration has ended.");

    /// <summary>The next events.</summary>
    public async Task<List<T>> NextAsync(int count)
    {
        var told = new List<T>(count);
        while (told.Count < count)
        {
            told.Add(await NextAsync());
        }

        return told;
    }

    /// <summary>Whether the enumeration has ended.</summary>
    public async Task<bool> EndsAsync() => !await MoveAsync();

    public async ValueTask DisposeAsync()
    {
        if (_moving is { IsCompleted: true } or null)
        {
            await _events.DisposeAsync();
        }
    }

    private async Task<bool> MoveAsync()
    {
        Begin();
        var moved = await _moving!.WaitAsync(Deadline, CancellationToken.None);
        _moving = null;
        return moved;
    }
}
