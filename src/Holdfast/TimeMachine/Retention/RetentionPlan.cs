namespace Holdfast;

/// <summary>What a retention policy does to a thread, and why no more.</summary>
public sealed record RetentionPlan
{
    /// <summary>The thread.</summary>
    public required ThreadId ThreadId { get; init; }

    /// <summary>The oldest version before.</summary>
    public required long FirstVersion { get; init; }

    /// <summary>The newest version that the plan was made for.</summary>
    public required long Version { get; init; }

    /// <summary>The oldest version that stays; the same as <see cref="FirstVersion"/> where nothing is dropped.</summary>
    /// <remarks>It has the whole state, so it may be lower than the rules say: what comes after it is read from there on.</remarks>
    public required long KeepFrom { get; init; }

    /// <summary>What stays, lowest first: each of these versions can be loaded and restored still, and each range begins with the whole state. The last one goes to <see cref="Version"/>.</summary>
    public required IReadOnlyList<VersionRange> Kept { get; init; }

    /// <summary>How many versions between those that stay are emptied: of them only the version, id, time and number of messages stay, so that the chain of hashes can be verified.</summary>
    public required long EmptiedVersions { get; init; }

    /// <summary>How many messages that are visible now are hidden first.</summary>
    public required long HiddenMessages { get; init; }

    /// <summary>The names of the records that are written once more, because the versions that have them go.</summary>
    public required IReadOnlyList<string> CarriedRecords { get; init; }

    /// <summary>What keeps versions, the one that keeps the most first; empty where the policy has no rule for the thread.</summary>
    public required IReadOnlyList<RetentionReason> Reasons { get; init; }

    /// <summary>How many versions are dropped: those before <see cref="KeepFrom"/> and those that are emptied.</summary>
    public long DroppedVersions => KeepFrom - FirstVersion + EmptiedVersions;

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => DroppedVersions == 0 && HiddenMessages == 0;
}
