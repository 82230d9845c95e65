namespace Holdfast.Logs;

/// <summary>A change to the part of a head that maintenance owns. The version and the chain stay; <see cref="ThreadHead.Revision"/> goes up by one, unless only the heartbeat moves.</summary>
public sealed record HeadUpdate
{
    /// <summary>The thread.</summary>
    public required ThreadKey Key { get; init; }

    /// <summary>When given, the head is changed only if the thread has this life.</summary>
    public CommitId? IfLife { get; init; }

    /// <summary>When given, the head is changed only if it has this revision.</summary>
    public long? IfRevision { get; init; }

    /// <summary>When given, the head is changed only if neither commits nor maintenance changed the thread since.</summary>
    public ThreadStamp? IfUnchanged { get; init; }

    /// <summary>When the thread expires from now on; null to leave it.</summary>
    public NewExpiry? Expiry { get; init; }

    /// <summary>Properties to set, and those to remove (with the value null).</summary>
    public IReadOnlyDictionary<string, string?> Properties { get; init; } = NoProperties;

    /// <summary>Pins to add, or to replace where there is one of the same <see cref="Pin.Life"/>.</summary>
    public IReadOnlyList<Pin> AddPins { get; init; } = [];

    /// <summary>The lives of the pins to remove; missing ones are ignored.</summary>
    public IReadOnlyList<CommitId> RemovePins { get; init; } = [];

    /// <summary>Whether <see cref="ThreadHead.Heartbeat"/> goes up by one.</summary>
    public bool Beats { get; init; }

    /// <summary>Whether pins are changed; the pins that are stored are of interest only then.</summary>
    public bool ChangesPins => AddPins.Count > 0 || RemovePins.Count > 0;

    /// <summary>Whether more than the heartbeat is changed, so that the revision goes up.</summary>
    public bool MovesRevision => Expiry is not null || Properties.Count > 0 || ChangesPins;

    /// <summary>Whether the update may be made of the thread that has <paramref name="head"/>.</summary>
    public bool IsAllowed(ThreadHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return (IfLife is null || IfLife == head.Life)
            && (IfRevision is null || IfRevision == head.Revision)
            && (IfUnchanged is null || IfUnchanged == head.Stamp);
    }

    private static IReadOnlyDictionary<string, string?> NoProperties { get; } = new Dictionary<string, string?>().AsReadOnly();
}
