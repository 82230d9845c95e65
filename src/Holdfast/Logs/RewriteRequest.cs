namespace Holdfast.Logs;

/// <summary>Which bodies of a thread are replaced, and which entries are dropped.</summary>
public sealed record RewriteRequest
{
    /// <summary>The thread.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>New bodies by version. The log stores the digest of each as <see cref="LogEntry.RewrittenHash"/>.</summary>
    public IReadOnlyDictionary<long, ReadOnlyMemory<byte>> Replacements { get; init; } = NoReplacements;

    /// <summary>Entries with a lower version are dropped. It must be the version of a keyframe, unless there is nothing to drop; 0 to drop none.</summary>
    public long DropBelow { get; init; }

    /// <summary>When given, the thread is rewritten only if neither commits nor maintenance changed it since.</summary>
    public ThreadStamp? IfUnchanged { get; init; }

    private static IReadOnlyDictionary<long, ReadOnlyMemory<byte>> NoReplacements { get; } = new Dictionary<long, ReadOnlyMemory<byte>>().AsReadOnly();
}
