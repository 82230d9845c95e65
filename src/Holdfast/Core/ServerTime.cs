using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>By how much the clock of a server is ahead of that of this process, asked for now and then.</summary>
internal sealed class ServerTime(IServerClock clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);
    private Answer? _known;

    /// <summary>The answer, where it need not be asked for.</summary>
    public TimeSpan? Known => _known is { } known && Stopwatch.GetElapsedTime(known.At) < Fresh ? known.Offset : null;

    public ValueTask<TimeSpan> OffsetAsync(CancellationToken cancellationToken)
        => Known is { } known ? new(known) : AskAsync(cancellationToken);

    private async ValueTask<TimeSpan> AskAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var server = await clock.GetServerTimeAsync(cancellationToken).ConfigureAwait(false);

        // The server looked at its clock about half way.
        var offset = server - (TimeProvider.System.GetUtcNow() - (Stopwatch.GetElapsedTime(started) / 2));
        _known = new(offset, Stopwatch.GetTimestamp());
        return offset;
    }

    // An object, so that no thread sees half of one answer and half of another.
    private sealed record Answer(TimeSpan Offset, long At);
}
