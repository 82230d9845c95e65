using System.Globalization;

namespace Holdfast;

/// <summary>A pending interrupt as a listing shows it; <see cref="InterruptInbox.GetAsync"/> reads the rest.</summary>
public sealed record InterruptInfo
{
    /// <summary>The id.</summary>
    public required InterruptId Id { get; init; }

    /// <summary>The tenant of the thread.</summary>
    public required string Tenant { get; init; }

    /// <summary>The thread.</summary>
    public required ThreadId Thread { get; init; }

    /// <summary>The name, which is that of the call for an approval.</summary>
    public required string Name { get; init; }

    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>Who may answer, if that is not the user of the thread.</summary>
    public string? Audience { get; init; }

    /// <summary>The user of the thread.</summary>
    public string? UserId { get; init; }

    /// <summary>The agent in charge of the thread.</summary>
    public string? Agent { get; init; }

    /// <summary>When it was raised.</summary>
    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>Until when it can be answered; null for ever.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The interrupts that the terms of a thread tell of.</summary>
    internal static IEnumerable<InterruptInfo> Of(Logs.ThreadHead head)
    {
        foreach (var term in head.Terms)
        {
            if (term.StartsWith("I=", StringComparison.Ordinal) && term[2..].Split('|') is [var id, var at, var until, var kind, var audience, var name])
            {
                yield return new()
                {
                    Id = new(id),
                    Tenant = head.Key.Tenant,
                    Thread = head.Key.Id,
                    Name = Uri.UnescapeDataString(name),
                    Kind = Uri.UnescapeDataString(kind),
                    Audience = audience.Length > 0 ? Uri.UnescapeDataString(audience) : null,
                    UserId = head.UserId,
                    Agent = head.Agent,
                    RaisedAt = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)),
                    Deadline = until.Length > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(until, CultureInfo.InvariantCulture)) : null,
                };
            }
        }
    }
}
