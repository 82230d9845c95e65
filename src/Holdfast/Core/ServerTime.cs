using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>By how much the clock of a server is ahead of that of this process, asked for now and then.</summary>
internal sealed class ServerTime(IServerClock clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);
    private (TimeSpan Offset, long Asked)? _known;

    public ValueTask<TimeSpan> OffsetAsync(CancellationToken cancellationToken)
        => _known is var (offset, asked) && Stopwatch.GetElapsedTime(asked) < Fresh ? new(offset) : AskAsync(cancellationToken);

    private async ValueTask<TimeSpan> AskAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var server = await clock.GetServerTimeAsync(cancellationToken).ConfigureAwait(false);

        // The server looked at its clock about half way.
        var offset = server - (TimeProvider.System.GetUtcNow() - (Stopwatch.GetElapsedTime(started) / 2));
        _known = (offset, Stopwatch.GetTimestamp());
        return offset;
    }
}
