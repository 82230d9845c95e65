using Holdfast.Logs;

namespace Holdfast;

/// <summary>Puts the one fixed text in the place of bodies that are to go, where the entries themselves have to stay: the chain leads over them.</summary>
/// <remarks>The highest versions go first, so that what a cut-off run leaves below can still be folded from its keyframe.</remarks>
/// <param name="log">The log.</param>
/// <param name="head">The thread. Whoever changes it meanwhile ends the emptying.</param>
internal sealed class Emptying(ICommitLog log, ThreadHead head)
{
    /// <summary>How many bodies are emptied at a time.</summary>
    private const int BatchSize = 1_000;

    private Dictionary<long, ReadOnlyMemory<byte>> _batch = [];

    /// <summary>How many bodies were emptied.</summary>
    public long Count { get; private set; }

    /// <summary>What the thread is like now.</summary>
    public ThreadStamp Stamp { get; private set; } = head.Stamp;

    /// <summary>Empties ranges of versions, which are given lowest first.</summary>
    /// <returns>Whether all of them are empty now; false if others changed the thread meanwhile.</returns>
    public async ValueTask<bool> RunAsync(IEnumerable<(long From, long To)> ranges, CancellationToken cancellationToken)
    {
        foreach (var (from, to) in ranges.Reverse())
        {
            var request = new ReadRequest { Key = head.Key, From = from, To = to, Life = head.Life, Direction = ReadDirection.Backward };
            await foreach (var entry in log.ReadAsync(request, cancellationToken).ConfigureAwait(false))
            {
                if (entry.StoredHash != CommitBody.DroppedHash)
                {
                    _batch.Add(entry.Version, CommitBody.DroppedText);
                }

                if (_batch.Count == BatchSize && !await RewriteAsync(cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }

        return _batch.Count == 0 || await RewriteAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> RewriteAsync(CancellationToken cancellationToken)
    {
        if (!await log.RewriteAsync(new RewriteRequest { Key = head.Key, Replacements = _batch, IfUnchanged = Stamp }, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        (Stamp, Count, _batch) = (Stamp with { Revision = Stamp.Revision + 1 }, Count + _batch.Count, []);
        return true;
    }
}
