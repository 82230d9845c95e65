using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Sqlite.Listing;
using Holdfast.Testing;

namespace Holdfast.Sqlite.Tests;

/// <summary>What the tests of listings share: many queries, threads for them to find, and the plans by which they can be answered.</summary>
public abstract class ListingTest : SqliteLogTest
{
    private protected static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private protected static IEnumerable<HeadQuery> Queries =>
        from filter in new ThreadQuery[]
        {
            new(),
            new() { UserId = "user-1" },
            new() { Agent = "agent-1" },
            new() { Status = ThreadStatus.WaitingForApproval },
            new() { UpdatedSince = Noon.AddMinutes(-10), UpdatedBefore = Noon.AddTicks(1) },
            new() { Deleted = DeletedFilter.Only },
            new() { IdPrefix = "thread-1" },
            new() { IdPrefix = "thread-2", UserId = "user-1" },
            new() { Deleted = DeletedFilter.Include, UserId = "user-2", Agent = "agent-0" },
            new ThreadQuery().WithMetadata("channel", "web"),
            new ThreadQuery { Agent = "agent-1" }.WithMetadata("channel", "web").WithMetadata("size", 2),
        }
        from scope in Scopes
        from order in Enum.GetValues<ThreadOrder>()
        from expired in Enum.GetValues<ExpiredFilter>()
        select new HeadQuery { Space = scope.Space, Tenant = scope.Tenant, AsOf = Noon, Expired = expired, Filter = filter with { Order = order, PageSize = 7 } };

    private protected static IEnumerable<HeadQuery> QueriesForTermsOrDueTimes =>
        from filter in new ThreadQuery[]
        {
            new() { Deleted = DeletedFilter.Include },
            new() { UserId = "user-1", IdPrefix = "thread-" },
            new ThreadQuery().WithMetadata("channel", "web"),
        }
        from scope in Scopes
        from terms in new string[][] { [], ["open"], ["open", "label:x"], ["none"] }
        from due in new DateTimeOffset?[] { null, Noon, Noon.AddTicks(1), Noon.AddMinutes(2) }
        where terms.Length > 0 || due is not null
        select new HeadQuery
        {
            Space = scope.Space,
            Tenant = scope.Tenant,
            AsOf = Noon,
            Expired = ExpiredFilter.Include,
            DueBefore = due,
            Terms = terms,
            Filter = filter with { PageSize = 3 },
        };

    private static IEnumerable<(ThreadSpace Space, string? Tenant)> Scopes
        => [(ThreadSpace.Threads, ""), (ThreadSpace.Threads, "other"), (ThreadSpace.Threads, null), (ThreadSpace.Users, ""), (ThreadSpace.Users, null)];

    private protected static IEnumerable<HeadCondition?> PlansOf(HeadQuery query)
        => HeadCondition.Of(query).Where(condition => condition.IsIndexed).Prepend(null);

    private protected static async Task<List<string>> ListAllAsync(SqliteCommitLog log, HeadQuery query, Func<ThreadHead, string>? describe = null)
    {
        var found = new List<string>();
        string? continuation = null;
        do
        {
            var page = await log.ListAsync(query with { Filter = query.Filter with { Continuation = continuation } });
            found.AddRange(page.Heads.Select(describe ?? (head => head.Key.Id.Value)));
            continuation = page.Continuation;
        }
        while (continuation is not null);
        return found;
    }

    private protected static async Task<List<ThreadHead>> WriteThreadsAsync(SqliteCommitLog log, int count, Func<ThreadHead, ThreadHead>? change = null)
    {
        var random = new Random(7);
        var writers = Enumerable.Range(0, count)
            .Select(i => new ThreadWriter(ThreadKey.Of(random.Next(4) == 0 ? ThreadSpace.Users : ThreadSpace.Threads, random.Next(3) switch { 0 => "other", 1 => "third", _ => "" }, $"thread-{random.Next()}-{i}")))
            .ToList();
        await Task.WhenAll(writers.Select(writer => writer.AppendAsync(log, new()
        {
            At = Noon.AddMilliseconds(-random.Next(40) * 30_000L),
            Head = head => (change ?? (same => same))(head with
            {
                UserId = random.Next(4) == 0 ? null : $"user-{random.Next(3)}",
                Agent = random.Next(4) == 0 ? null : $"agent-{random.Next(2)}",
                Status = (ThreadStatus)random.Next(8),
                DueAt = random.Next(3) == 0 ? null : Noon.AddMinutes(random.Next(-2, 3)),
                Terms = random.Next(4) switch { 0 => ["label:x", "open"], 1 => ["open"], _ => [] },
                ExpiresAt = random.Next(2) == 0 ? null : Noon.AddMinutes(random.Next(-2, 3)),
                DeletedAt = random.Next(5) == 0 ? Noon : null,
                Metadata = Metadata(random.Next(3)),
            }),
        })));
        return [.. writers.Select(writer => writer.Head!)];
    }

    private static Dictionary<string, JsonElement> Metadata(int kind) => kind == 0 ? [] : new()
    {
        ["channel"] = JsonElement.Parse(kind == 1 ? "\"web\"" : "\"mail\""),
        ["size"] = JsonElement.Parse("2.0"),
    };
}
