namespace Holdfast.Logs;

/// <summary>What may be rewritten; for logs to check before they write.</summary>
public static class RewriteRules
{
    /// <summary>Throws unless the request leaves the newest keyframe and what follows it alone, and replaces only what is there.</summary>
    /// <param name="head">The head of the thread.</param>
    /// <param name="firstVersion">The oldest version that is there.</param>
    /// <param name="replacements">New bodies by version.</param>
    /// <param name="dropBelow">Entries with a lower version are to be removed; 0 for none.</param>
    /// <exception cref="ArgumentException">The request breaks the rules; the message says which.</exception>
    public static void Check(
        ThreadHead head, long firstVersion, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(replacements);
        // Without a keyframe every entry is needed for a load.
        var firstNeeded = Math.Max(head.KeyframeVersion, 1);
        if (dropBelow > firstNeeded)
        {
            throw new ArgumentException(
                $"Entries below version {dropBelow} of thread '{head.Key}' cannot be dropped: loads need those from version {firstNeeded} on.", nameof(dropBelow));
        }

        foreach (var version in replacements.Keys)
        {
            if (version >= firstNeeded)
            {
                throw new ArgumentException(
                    $"Version {version} of thread '{head.Key}' cannot be rewritten: loads need those from version {firstNeeded} on.", nameof(replacements));
            }

            if (version < firstVersion || version < dropBelow)
            {
                throw new ArgumentException(
                    $"Version {version} of thread '{head.Key}' cannot be rewritten: it is not there, or is to be dropped.", nameof(replacements));
            }
        }
    }
}
