using Holdfast.Logs;

namespace Holdfast;

/// <summary>Finds the versions that a thread can be folded from.</summary>
internal static class KeyframeSearch
{
    /// <summary>The highest version of a range that has the whole state; 0 if none has.</summary>
    /// <remarks>A keyframe whose body was dropped has none any more.</remarks>
    /// <exception cref="CorruptStateException">An entry on the way is damaged or missing.</exception>
    public static async ValueTask<long> FindAsync(ICommitLog log, BodyPipeline bodies, ThreadHead head, long lowest, long highest, CancellationToken cancellationToken)
    {
        if (lowest > highest)
        {
            return 0;
        }

        var walk = new EntryWalk(bodies, head.Key) { Expected = highest, Direction = ReadDirection.Backward, AllowsDropped = true };
        var request = new ReadRequest { Key = head.Key, From = lowest, To = highest, Life = head.Life };
        await foreach (var opened in walk.ReadAsync(log, request, lowest, cancellationToken).ConfigureAwait(false))
        {
            if (opened.Body.State is not null)
            {
                return opened.Version;
            }
        }

        return 0;
    }
}
