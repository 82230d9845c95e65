using System.Globalization;

namespace Holdfast.Logs;

/// <summary>The names of the <see cref="ThreadHead.Properties"/> that the engine knows.</summary>
public static class HeadProperties
{
    /// <summary>The thread is being copied or imported, and not whole yet: readers and sessions answer as if it were not there.</summary>
    public const string Incomplete = "incomplete";

    /// <summary>The thread is a fork whose origins are not pinned yet: readers and sessions answer as if it were not there.</summary>
    public const string Unpinned = "unpinned";

    /// <summary>The thread is a fork: the version, the life and the id of the thread that was forked.</summary>
    public const string ForkedFrom = "forked-from";

    /// <summary>The thread was erased, and nothing is left of it but what others show.</summary>
    public const string Closed = "closed";

    /// <summary>On a trunk: it holds the good entries of a damaged thread, or of damaged variables, while those are recovered, and says whose they are. A clean-up removes it only along with the thread.</summary>
    public const string Recovering = "recovering";

    /// <summary>On the thread of a user: everything of that user is being erased, so that nothing new may begin.</summary>
    public const string Erasing = "erasing";

    /// <summary>The first versions of the thread are in an archive: the lowest of them, and after a blank where that is.</summary>
    public const string ArchivedTo = "archived-to";

    /// <summary>The thread is being erased together with what is in the archive. Once it is a trunk, it goes whoever has pinned it.</summary>
    public const string Erased = "erased";

    /// <summary>What was dropped of the thread may still be in the archive: it goes with the next change of bodies, trim, redaction or archiving.</summary>
    public const string Dropping = "dropping";

    /// <summary>In an archive: which store the thread is one of.</summary>
    public const string ArchivedFrom = "archived-from";

    /// <summary>On a trunk: what nobody shows is being removed, also from the archive. Nobody pins it meanwhile.</summary>
    public const string Closing = "closing";

    /// <summary>When retention last dropped versions of the thread, in ISO 8601.</summary>
    public const string Trimmed = "trimmed";

    /// <summary>Which versions retention has emptied between those that stay, as <c>FROM-TO,FROM-TO</c>: the bodies themselves tell it too.</summary>
    public const string Emptied = "emptied";

    /// <summary>On a fork: of each thread that it shows and that has lost versions in a recovery since, the life and the last version that was kept, as <c>LIFE:VERSION,LIFE:VERSION</c>.</summary>
    public const string LostPast = "lost-past";

    /// <summary>The thread was recovered and has lost versions: after which one, of each time, as <c>VERSION,VERSION</c>.</summary>
    public const string Recovered = "recovered";

    /// <summary>When retention last dropped versions of a thread; null if it never did.</summary>
    public static DateTimeOffset? TrimmedAt(ThreadHead? head)
        => head is not null && head.Properties.TryGetValue(Trimmed, out var text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var at) ? at : null;

    /// <summary>Whether a thread is there for readers and sessions.</summary>
    public static bool IsShown(ThreadHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Properties.Count == 0 || !(head.Properties.ContainsKey(Incomplete) || head.Properties.ContainsKey(Unpinned));
    }

    /// <summary>Whether something of a trunk is being removed, so that nobody pins it.</summary>
    internal static bool IsGoing(ThreadHead trunk) => trunk.Properties.ContainsKey(Closing) || trunk.Properties.ContainsKey(Erased);
}
