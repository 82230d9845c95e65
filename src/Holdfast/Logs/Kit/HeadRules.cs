namespace Holdfast.Logs;

/// <summary>What an update makes of a head; the same for every log.</summary>
public static class HeadRules
{
    /// <summary>Throws if an update cannot be made of any head.</summary>
    /// <exception cref="ArgumentException">A pin keeps no versions, or has no life.</exception>
    public static void Check(HeadUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        if (update.AddPins.FirstOrDefault(pin => pin.From < 1 || pin.To < pin.From || pin.Life == default) is { } wrong)
        {
            throw new ArgumentException($"A pin of '{wrong.Key}' was to keep versions {wrong.From} to {wrong.To} of thread '{update.Key}' for life {wrong.Life}.", nameof(update));
        }
    }

    /// <summary>The head after an update, and the pins after it.</summary>
    /// <param name="update">The update, which the head allows (<see cref="HeadUpdate.IsAllowed"/>).</param>
    /// <param name="head">The head that is stored.</param>
    /// <param name="pins">The pins that are stored; not looked at when the update changes none.</param>
    public static (ThreadHead Head, IReadOnlyList<Pin> Pins) Apply(HeadUpdate update, ThreadHead head, IReadOnlyList<Pin> pins)
    {
        ArgumentNullException.ThrowIfNull(update);
        ArgumentNullException.ThrowIfNull(head);
        var after = Pins(update, pins);
        return (
            head with
            {
                ExpiresAt = update.Expiry is { } expiry ? expiry.At : head.ExpiresAt,
                Properties = Properties(update, head.Properties),
                Revision = head.Revision + (update.MovesRevision ? 1 : 0),
                Heartbeat = head.Heartbeat + (update.Beats ? 1 : 0),
                PinCount = update.ChangesPins ? after.Count : head.PinCount,
                LowestPin = !update.ChangesPins ? head.LowestPin : after.Count == 0 ? null : after.Min(pin => pin.From),
                Pins = null,
            },
            after);
    }

    /// <summary>The properties after an update, in ordinal order of their names.</summary>
    public static IReadOnlyDictionary<string, string> Properties(HeadUpdate update, IReadOnlyDictionary<string, string> stored)
    {
        ArgumentNullException.ThrowIfNull(update);
        ArgumentNullException.ThrowIfNull(stored);
        if (update.Properties.Count == 0)
        {
            return stored;
        }

        var properties = new SortedDictionary<string, string>(stored.ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, value) in update.Properties)
        {
            if (value is null)
            {
                properties.Remove(name);
            }
            else
            {
                properties[name] = value;
            }
        }

        return properties.Count == 0 ? ThreadHead.NoProperties : properties.AsReadOnly();
    }

    /// <summary>The pins after an update.</summary>
    public static IReadOnlyList<Pin> Pins(HeadUpdate update, IReadOnlyList<Pin> stored)
    {
        ArgumentNullException.ThrowIfNull(update);
        ArgumentNullException.ThrowIfNull(stored);
        if (!update.ChangesPins)
        {
            return stored;
        }

        var pins = stored.ToDictionary(pin => pin.Life);
        foreach (var life in update.RemovePins)
        {
            pins.Remove(life);
        }

        foreach (var pin in update.AddPins)
        {
            pins[pin.Life] = pin;
        }

        return [.. pins.Values];
    }
}
