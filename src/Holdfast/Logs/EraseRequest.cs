namespace Holdfast.Logs;

/// <summary>Which thread is removed, and how.</summary>
public sealed record EraseRequest
{
    /// <summary>The thread.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>When given, the thread is removed only if neither commits nor maintenance changed it since.</summary>
    public ThreadStamp? IfUnchanged { get; init; }

    /// <summary>Whether the thread is kept under <see cref="ThreadKey.Trunk"/> of its key and life instead of being removed: a rename, at the same cost for any size. Its key is free at once.</summary>
    /// <remarks>Everything is kept: entries, properties, pins, revision, expiry. Only a thread of the space of threads can be kept.</remarks>
    public bool KeepAsTrunk { get; init; }
}
