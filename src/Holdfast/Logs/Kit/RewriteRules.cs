namespace Holdfast.Logs;

/// <summary>What may be rewritten; for logs to check before they write.</summary>
public static class RewriteRules
{
    /// <summary>Throws unless the request leaves the newest keyframe and what follows it alone, replaces only what is there, and leaves a thread that begins with a keyframe.</summary>
    /// <param name="request">The request.</param>
    /// <param name="head">The head of the thread.</param>
    /// <param name="isKeyframe">Whether the entry that <see cref="RewriteRequest.DropBelow"/> names is a keyframe; not looked at when nothing is to be dropped.</param>
    /// <exception cref="ArgumentException">The request breaks the rules; the message says which.</exception>
    public static void Check(RewriteRequest request, ThreadHead head, bool isKeyframe)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(head);
        // Without a keyframe every entry is needed for a load.
        var firstNeeded = Math.Max(head.KeyframeVersion, head.FirstVersion);
        if (request.DropBelow > firstNeeded)
        {
            throw new ArgumentException(
                $"Entries below version {request.DropBelow} of thread '{head.Key}' cannot be dropped: loads need those from version {firstNeeded} on.", nameof(request));
        }

        if (Drops(request, head) && !isKeyframe)
        {
            throw new ArgumentException(
                $"Entries below version {request.DropBelow} of thread '{head.Key}' cannot be dropped: it is not the version of a keyframe, so what is left could not be loaded.", nameof(request));
        }

        foreach (var version in request.Replacements.Keys)
        {
            if (version >= firstNeeded)
            {
                throw new ArgumentException(
                    $"Version {version} of thread '{head.Key}' cannot be rewritten: loads need those from version {firstNeeded} on.", nameof(request));
            }

            if (version < head.FirstVersion || version < request.DropBelow)
            {
                throw new ArgumentException(
                    $"Version {version} of thread '{head.Key}' cannot be rewritten: it is not there, or is to be dropped.", nameof(request));
            }
        }
    }

    /// <summary>Whether the request drops entries.</summary>
    public static bool Drops(RewriteRequest request, ThreadHead head)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(head);
        return request.DropBelow > head.FirstVersion;
    }

    /// <summary>Whether the request changes anything. One that does not leaves the revision as it is.</summary>
    public static bool Changes(RewriteRequest request, ThreadHead head)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Replacements.Count > 0 || Drops(request, head);
    }

    /// <summary>The head after a rewrite.</summary>
    public static ThreadHead HeadAfter(RewriteRequest request, ThreadHead head)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(head);
        return Changes(request, head) ? head with { FirstVersion = Math.Max(head.FirstVersion, request.DropBelow), Revision = head.Revision + 1 } : head;
    }

    /// <summary>An entry with a new body.</summary>
    public static LogEntry Replace(LogEntry entry, ReadOnlyMemory<byte> body)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry with { Body = body, RewrittenHash = Digest.Compute(body.Span) };
    }
}
