using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

/// <summary>Listings of a tenant with more threads than the index hands out, sorts or intersects at once.</summary>
public sealed class ListingTests : RedisLogTest
{
    private const int Count = 5500;
    private static readonly DateTimeOffset Time = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Far = new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [EachServer]
    public async Task List_OfThousandsOfThreads_IsThatOfTheReference(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        var random = new Random(20261121);
        var heads = await WriteAsync(log, random);

        foreach (var query in Queries())
        {
            string? continuation = null;
            var (expected, found) = (HeadOrder.Page(heads, query with { Filter = query.Filter with { PageSize = ThreadQuery.MaxPageSize } }), new List<ThreadKey>());
            do
            {
                var page = await log.ListAsync(query with { Filter = query.Filter with { Continuation = continuation } }, Cancellation);
                found.AddRange(page.Heads.Select(head => head.Key));
                continuation = page.Continuation;
            }
            while (continuation is not null && found.Count < ThreadQuery.MaxPageSize);

            found.Take(ThreadQuery.MaxPageSize).ShouldBe(expected.Heads.Select(head => head.Key), $"{query}");
            if (expected.Continuation is null)
            {
                continuation.ShouldBeNull($"{query}");
            }
        }
    }

    private static IEnumerable<HeadQuery> Queries()
    {
        var red = JsonElement.Parse("\"red\"");
        ThreadQuery[] filters =
        [
            new(),
            new() { UserId = "many" },
            new() { UserId = "some" },
            new() { UserId = "few" },
            new() { UserId = "nobody" },
            new() { UserId = "many", Status = ThreadStatus.Thinking },
            new() { UserId = "some", Agent = "A", Status = ThreadStatus.Idle },
            new() { Metadata = new Dictionary<string, JsonElement> { ["team"] = red } },
            new() { UserId = "few", Metadata = new Dictionary<string, JsonElement> { ["team"] = red } },
            new() { Deleted = DeletedFilter.Only },
            new() { UserId = "many", Deleted = DeletedFilter.Include },
            new() { UpdatedSince = Time.AddMinutes(100), UpdatedBefore = Time.AddMinutes(104) },
            new() { UpdatedSince = Time.AddMinutes(-1), UpdatedBefore = Time.AddMinutes(3000) },
            new() { UserId = "some", UpdatedSince = Time.AddMinutes(300) },
            new() { UserId = "many", UpdatedBefore = Time.AddMinutes(9) },
        ];
        return
            from filter in filters
            from order in Enum.GetValues<ThreadOrder>()
            from expired in (ExpiredFilter[])[ExpiredFilter.Include, ExpiredFilter.Only]
            from size in (int[])[77, ThreadQuery.MaxPageSize]
            select new HeadQuery { Space = ThreadSpace.Threads, Tenant = "", AsOf = Far.AddDays(20), Expired = expired, Filter = filter with { Order = order, PageSize = size } };
    }

    private static async Task<List<ThreadHead>> WriteAsync(RedisCommitLog log, Random random)
    {
        var threads = Enumerable.Range(0, Count).Select(i => Thread($"{random.Next():x8}-{i}")).ToList();
        var drafts = threads.ConvertAll(_ => Draft(random));
        await Parallel.ForEachAsync(
            threads.Zip(drafts), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (item, cancellation) => await item.First.AppendAsync(log, item.Second, cancellation));
        return threads.ConvertAll(thread => thread.Head!);
    }

    private static EntryDraft Draft(Random random)
    {
        var (user, agent, status) = (random.Next(100) switch { 0 => "few", < 15 => "some", _ => "many" }, random.Next(3) == 0 ? "A" : "B", (ThreadStatus)random.Next(3));
        var (at, deleted, red) = (Time.AddMinutes(random.Next(600)), random.Next(50) == 0, random.Next(40) == 0);
        DateTimeOffset? expires = random.Next(10) switch { 0 => Far.AddDays(random.Next(40)), < 4 => Far.AddYears(1), _ => null };
        return new()
        {
            At = at,
            Head = head => head with
            {
                UserId = user,
                Agent = agent,
                Status = status,
                DeletedAt = deleted ? at : null,
                ExpiresAt = expires,
                Metadata = red ? new Dictionary<string, JsonElement> { ["team"] = JsonElement.Parse("\"red\"") } : ThreadHead.EmptyMetadata,
            },
        };
    }
}
