using Holdfast.Logs;

namespace Holdfast;

/// <summary>Entries of a thread without gaps that are whole, chained, and can be folded: the first one is version 1 or a keyframe.</summary>
/// <param name="From">The first version.</param>
/// <param name="To">The last version.</param>
/// <param name="Keyframe">The newest keyframe among them; 0 if there is none.</param>
/// <param name="First">The commit id and the time of the first one.</param>
/// <param name="LastAt">When the last commit was made.</param>
/// <param name="DeletedAt">When the thread was deleted, where one of them did that.</param>
internal sealed record GoodRun(long From, long To, long Keyframe, (CommitId CommitId, DateTimeOffset At) First, DateTimeOffset LastAt, DateTimeOffset? DeletedAt)
{
    /// <summary>The run with the entry that comes next; null if it cannot be part of one.</summary>
    /// <param name="run">The run so far; null if the entry would begin one.</param>
    /// <param name="opened">The entry.</param>
    /// <param name="deletedAt">When the thread was deleted.</param>
    public static GoodRun? After(GoodRun? run, OpenedEntry opened, DateTimeOffset? deletedAt)
    {
        var (entry, isKeyframe) = (opened.Entry, opened.Body.State is not null);
        return run is not null && run.To + 1 == entry.Version ? run with { To = entry.Version, Keyframe = isKeyframe ? entry.Version : run.Keyframe, LastAt = entry.At, DeletedAt = deletedAt }
            : isKeyframe || entry.Version == 1 ? new(entry.Version, entry.Version, isKeyframe ? entry.Version : 0, (entry.CommitId, entry.At), entry.At, deletedAt)
            : null;
    }
}
