using System.Text.Json;

namespace Holdfast;

/// <summary>Which threads are listed. A thread must meet every condition that is set.</summary>
public sealed record ThreadQuery
{
    /// <summary>The largest <see cref="PageSize"/>.</summary>
    public const int MaxPageSize = 1000;

    /// <summary>Only threads whose id begins with this text (ordinal): <c>user-42/</c>. 1 to 512 bytes of UTF-8 without control characters.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>Only threads of this user.</summary>
    public string? UserId { get; init; }

    /// <summary>Only threads with this agent in charge.</summary>
    public string? Agent { get; init; }

    /// <summary>Only threads with this status.</summary>
    public ThreadStatus? Status { get; init; }

    /// <summary>Only threads updated at this instant or later.</summary>
    public DateTimeOffset? UpdatedSince { get; init; }

    /// <summary>Only threads updated before this instant.</summary>
    public DateTimeOffset? UpdatedBefore { get; init; }

    /// <summary>Only threads whose metadata has each of these keys with an equal value: a string, a number, true, false or null.</summary>
    /// <value>Empty by default. <see cref="WithMetadata(string, string)"/> and its overloads add to it.</value>
    public IReadOnlyDictionary<string, JsonElement> Metadata { get; init; } = Logs.ThreadHead.EmptyMetadata;

    /// <summary>Whether deleted threads are listed.</summary>
    /// <value>The default is <see cref="DeletedFilter.Exclude"/>.</value>
    public DeletedFilter Deleted { get; init; }

    /// <summary>The order.</summary>
    /// <value>The default is <see cref="ThreadOrder.RecentlyUpdated"/>.</value>
    public ThreadOrder Order { get; init; }

    /// <summary>The most threads on a page: 1 to 1,000.</summary>
    /// <value>The default is 100.</value>
    public int PageSize { get; init; } = 100;

    /// <summary>The continuation of the page before; null for the first page.</summary>
    public string? Continuation { get; init; }

    /// <summary>A query that also asks for a string in the metadata.</summary>
    public ThreadQuery WithMetadata(string key, string value) => With(key, JsonSerializer.SerializeToElement(value, PlainJson.Relaxed.String));

    /// <summary>A query that also asks for a whole number in the metadata.</summary>
    public ThreadQuery WithMetadata(string key, long value) => With(key, JsonSerializer.SerializeToElement(value, PlainJson.Relaxed.Int64));

    /// <summary>A query that also asks for true or false in the metadata.</summary>
    public ThreadQuery WithMetadata(string key, bool value) => With(key, JsonSerializer.SerializeToElement(value, PlainJson.Relaxed.Boolean));

    private ThreadQuery With(string key, JsonElement value)
    {
        ArgumentNullException.ThrowIfNull(key);
        return this with { Metadata = new Dictionary<string, JsonElement>(Metadata) { [key] = value } };
    }

    /// <summary>Throws if a value is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The page size is not 1 to 1,000.</exception>
    /// <exception cref="InvalidIdentifierException">No thread id can begin with the prefix.</exception>
    /// <exception cref="ArgumentException">A metadata value is an object or an array, which cannot be searched for.</exception>
    public void Validate() => Problems().ThrowAsArgument("query");

    /// <summary>Every thread, deleted or not, in the largest pages and in the order in which none is missed.</summary>
    internal static ThreadQuery All { get; } = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id, PageSize = MaxPageSize };

    internal OptionProblems Problems()
    {
        var problems = new OptionProblems(nameof(ThreadQuery))
            .Range(PageSize is >= 1 and <= MaxPageSize, nameof(PageSize), "1 to 1,000", PageSize)
            .Identifier(IdPrefix, nameof(IdPrefix))
            .Set(Metadata, nameof(Metadata));
        foreach (var (key, value) in Metadata ?? Logs.ThreadHead.EmptyMetadata)
        {
            problems.Range(Logs.MetadataTerm.Of(value) is not null, $"{nameof(Metadata)}['{key}']", "a string, a number, true, false or null", value.ValueKind.ToString());
        }

        return problems;
    }
}
