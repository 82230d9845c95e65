namespace Holdfast.Logs;

/// <summary>What a log is asked to list.</summary>
public sealed record HeadQuery
{
    /// <summary>The space whose threads are listed.</summary>
    public required ThreadSpace Space { get; init; }

    /// <summary>The tenant whose threads are listed; null for those of all tenants.</summary>
    public string? Tenant { get; init; } = "";

    /// <summary>What the threads must have, their order, the page's size and the continuation.</summary>
    public ThreadQuery Filter { get; init; } = new();

    /// <summary>The instant at which <see cref="Expired"/> is judged.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>Whether expired threads are listed.</summary>
    public ExpiredFilter Expired { get; init; }

    /// <summary>When given, only threads that are due (<see cref="ThreadHead.DueAt"/>) before this instant are listed, in the order in which they are due; among equals, by tenant and id.</summary>
    /// <remarks>A thread whose due time changes while pages are followed may be missed or met twice. <see cref="ThreadQuery.Order"/> is not looked at.</remarks>
    public DateTimeOffset? DueBefore { get; init; }

    /// <summary>Texts that must be among the <see cref="ThreadHead.Terms"/>.</summary>
    public IReadOnlyList<string> Terms { get; init; } = [];

    /// <summary>Whether <paramref name="head"/> is one of the threads asked for; the reference for every backend's own query.</summary>
    public bool Matches(ThreadHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return Space == head.Key.Space
            && (Tenant is null || head.Key.Tenant == Tenant)
            && (Filter.IdPrefix is null || head.Key.Id.Value.StartsWith(Filter.IdPrefix, StringComparison.Ordinal))
            && (Filter.UserId is null || head.UserId == Filter.UserId)
            && (Filter.Agent is null || head.Agent == Filter.Agent)
            && (Filter.Status is null || head.Status == Filter.Status)
            && (Filter.UpdatedSince is null || head.UpdatedAt >= Filter.UpdatedSince)
            && (Filter.UpdatedBefore is null || head.UpdatedAt < Filter.UpdatedBefore)
            && (Filter.Deleted == DeletedFilter.Include || (Filter.Deleted == DeletedFilter.Only) == (head.DeletedAt is not null))
            && (Expired == ExpiredFilter.Include || (Expired == ExpiredFilter.Only) == head.IsExpired(AsOf))
            && (DueBefore is null || head.DueAt < DueBefore)
            && Terms.All(term => head.Terms.Contains(term, StringComparer.Ordinal))
            && Filter.Metadata.All(wanted => head.Metadata.TryGetValue(wanted.Key, out var value) && MetadataTerm.Of(value) == MetadataTerm.Of(wanted.Value));
    }
}
