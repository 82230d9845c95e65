using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Postgres.Listing;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>Listings among 100,000 threads, with the plans that the server really makes for them.</summary>
public sealed class ListingPlanTests(ManyThreads many) : IClassFixture<ManyThreads>
{
    /// <summary>How many rows the scans for one page of 50 may read at most, of 100,000.</summary>
    private const int MaxRowsTouched = 2_500;

    private static readonly ListingCase[] Cases =
    [
        new("recent, first page", new()),
        new("recent of a small tenant", new(), Tenant: "small-7"),
        new("recent of all tenants", new(), Tenant: null),
        new("by id", new() { Order = ThreadOrder.Id }),
        new("by id of all tenants", new() { Order = ThreadOrder.Id }, Tenant: null),
        new("by id of a small tenant", new() { Order = ThreadOrder.Id }, Tenant: "small-7"),
        new("of a user", new() { UserId = "user-17" }),
        new("of a user by id", new() { UserId = "user-17", Order = ThreadOrder.Id }),
        new("of a user in all tenants", new() { UserId = "user-17" }, Tenant: null),
        new("of a user nobody knows", new() { UserId = "nobody" }),
        new("of a common agent", new() { Agent = "agent-1" }),
        new("of a rare agent", new() { Agent = "rare" }),
        new("of a rare agent by id", new() { Agent = "rare", Order = ThreadOrder.Id }),
        new("with the common status", new() { Status = ThreadStatus.Idle }),
        new("with a rare status", new() { Status = ThreadStatus.WaitingForApproval }),
        new("with a rare status in all tenants", new() { Status = ThreadStatus.WaitingForApproval }, Tenant: null),
        new("with a rare status by id", new() { Status = ThreadStatus.WaitingForApproval, Order = ThreadOrder.Id }),
        new("with a status nobody has", new() { Status = ThreadStatus.Failed }),
        new("of a time long ago", new() { UpdatedBefore = ManyThreads.Start.AddMinutes(100) }),
        new("of a time in the middle", new() { UpdatedSince = ManyThreads.Start.AddMinutes(50_000), UpdatedBefore = ManyThreads.Start.AddMinutes(50_100) }),
        new("with rare metadata", new ThreadQuery().WithMetadata("order", 4711)),
        new("with rare metadata by id", new ThreadQuery { Order = ThreadOrder.Id }.WithMetadata("order", 4711)),
        new("with metadata nobody has", new ThreadQuery().WithMetadata("order", -1)),
        new("with common and rare metadata", new ThreadQuery().WithMetadata("team", "team-3").WithMetadata("order", 4703)),
        new("with common metadata", new ThreadQuery().WithMetadata("team", "team-3")),
        new("deleted", new() { Deleted = DeletedFilter.Only }),
        new("expired in all tenants by id, as a clean-up asks", new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id }, Tenant: null, Expired: ExpiredFilter.Only),
        new("due", new(), DueBefore: ManyThreads.Start.AddMinutes(60_000)),
        new("due in all tenants, as a worker asks", new(), Tenant: null, DueBefore: ManyThreads.Start.AddMinutes(60_000)),
        new("due in a small tenant", new(), Tenant: "small-10", DueBefore: ManyThreads.Start.AddMinutes(90_000)),
        new("due to a rare agent", new() { Agent = "rare" }, DueBefore: ManyThreads.Start.AddMinutes(90_000)),
        new("with a rare term", new()) { Terms = ["key:4711"] },
        new("with a rare term by id in all tenants", new() { Order = ThreadOrder.Id }, Tenant: null) { Terms = ["key:4711"] },
        new("with a common and a rare term", new()) { Terms = ["kind:7", "key:4700"] },
        new("trunks by id", new() { Order = ThreadOrder.Id }) { Space = ThreadSpace.Trunks },
        new("trunks of all tenants by id", new() { Order = ThreadOrder.Id }, Tenant: null) { Space = ThreadSpace.Trunks },
        new("recent trunks", new()) { Space = ThreadSpace.Trunks },
        new("recent trunks of all tenants", new(), Tenant: null) { Space = ThreadSpace.Trunks },
        new("of a space that is empty", new(), Tenant: null) { Space = ThreadSpace.Memory },
        new("by prefix of the id", new() { IdPrefix = "thread-05000", Order = ThreadOrder.Id }),
        new("by a prefix that most ids have", new() { IdPrefix = "thread-0", Order = ThreadOrder.Id }),
        new("by a prefix that no id has", new() { IdPrefix = "thread-x", Order = ThreadOrder.Id }),
        new("by prefix of the id and rare agent", new() { IdPrefix = "thread-0", Agent = "rare", Order = ThreadOrder.Id }),
        new("by prefix of the id in a small tenant", new() { IdPrefix = "thread-0", Order = ThreadOrder.Id }, Tenant: "small-10"),
        new("recent by a prefix that most ids have", new() { IdPrefix = "thread-0" }),
        new("recent by a prefix that few ids have", new() { IdPrefix = "thread-05000" }),
        new("recent by a prefix that no id has", new() { IdPrefix = "thread-x" }),
        new("recent by a prefix that most ids have in a small tenant", new() { IdPrefix = "thread-0" }, Tenant: "small-10"),
        new("with everything", new ThreadQuery { UserId = "user-17", Agent = "agent-1", Status = ThreadStatus.Idle, UpdatedSince = ManyThreads.Start }.WithMetadata("team", "team-3")),
    ];

    public static TheoryData<string> CaseNames => [.. Cases.Select(found => found.Name)];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task List_AmongAHundredThousandThreads_ReadsAnIndexAndFewRows(string name)
    {
        var listing = Cases.Single(found => found.Name == name);
        var query = listing.Query;
        await ExpectIndexedAsync(query, name);

        // The same deep in the listing, where an offset would read all that was listed before.
        var middle = new HeadCursor(ManyThreads.Start.AddMinutes(60_000), ThreadKey.Of(listing.Space, listing.Tenant ?? "big", ManyThreads.Id(60_000) + (listing.Space == ThreadSpace.Trunks ? "~" + new string('0', 32) : "")));
        await ExpectIndexedAsync(query with { Filter = query.Filter with { Continuation = middle.ToContinuation(query) } }, $"{name}, continued");
    }

    [Fact]
    public async Task List_OfManyThreadsOfTheSameInstant_ReadsThoseOfThatPeriodAlone()
    {
        await using var log = new PostgresCommitLog(many.Options);
        var query = new HeadQuery { Space = ThreadSpace.Threads, Tenant = "same", AsOf = ManyThreads.Start, Filter = new() { PageSize = 50 } };
        query = query with { Filter = query.Filter with { Continuation = new HeadCursor(ManyThreads.Start, ThreadKey.Of("same", ManyThreads.Id(4_000))).ToContinuation(query) } };

        await ExpectIndexedAsync(query, "of the same instant", ManyThreads.Same + 100);

        (await log.ListAsync(query)).Heads.Select(head => head.Key.Id.Value).ShouldBe(Enumerable.Range(4_001, 50).Select(ManyThreads.Id));
    }

    [Fact]
    public async Task Pages_OfAWholeTenant_MeetEveryThreadOnceInOrder()
    {
        await using var log = new PostgresCommitLog(many.Options);
        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var (met, continuation) = (new List<ThreadHead>(), (string?)null);
            do
            {
                var page = await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "medium", AsOf = ManyThreads.Start, Expired = ExpiredFilter.Include, Filter = new() { Order = order, Deleted = DeletedFilter.Include, PageSize = 1000, Continuation = continuation } });
                met.AddRange(page.Heads);
                continuation = page.Continuation;
            }
            while (continuation is not null);

            met.Count.ShouldBe(ManyThreads.Medium);
            met.Select(head => head.Key).ShouldBeUnique();
            var sorted = order == ThreadOrder.Id ? met.OrderBy(head => head.Key.Id.Value, StringComparer.Ordinal) : met.OrderByDescending(head => head.UpdatedAt).ThenBy(head => head.Key.Id.Value, StringComparer.Ordinal);
            met.Select(head => head.Key).ShouldBe(sorted.Select(head => head.Key));
        }
    }

    private async Task ExpectIndexedAsync(HeadQuery query, string name, int mostRows = MaxRowsTouched)
    {
        var listing = HeadListing.For(query, $"\"{many.Options.Schema}\"");
        await using var dataSource = NpgsqlDataSource.Create(many.Options.ConnectionString!);
        await using var command = dataSource.CreateCommand("EXPLAIN (ANALYZE, FORMAT JSON) " + listing.Sql);
        command.Parameters.AddRange(listing.Parameters.Select(parameter => parameter.Clone()).ToArray());
        var plan = (string)(await command.ExecuteScalarAsync())!;

        var scans = Scans(JsonElement.Parse(plan)[0].GetProperty("Plan")).ToList();
        scans.ShouldNotBeEmpty(name);
        scans.ShouldAllBe(scan => scan.Type != "Seq Scan", $"{name}: {plan}");
        // A bitmap index scan reads no rows: it only says which the heap scan above it reads.
        scans.Where(scan => scan.Type != "Bitmap Index Scan").Sum(scan => scan.Rows).ShouldBeLessThan(mostRows, $"{name}: {plan}");
    }

    private static IEnumerable<(string Type, double Rows)> Scans(JsonElement node)
    {
        var type = node.GetProperty("Node Type").GetString()!;
        if (type.Contains("Scan", StringComparison.Ordinal) && type != "Subquery Scan")
        {
            double Of(string name) => node.TryGetProperty(name, out var value) ? value.GetDouble() : 0;
            yield return (type, (Of("Actual Rows") + Of("Rows Removed by Filter") + Of("Rows Removed by Index Recheck")) * Of("Actual Loops"));
        }

        if (node.TryGetProperty("Plans", out var children))
        {
            foreach (var scan in children.EnumerateArray().SelectMany(Scans))
            {
                yield return scan;
            }
        }
    }

    /// <summary>One way to list.</summary>
    private sealed record ListingCase(
        string Name, ThreadQuery Filter, string? Tenant = "big", ExpiredFilter Expired = ExpiredFilter.Exclude, DateTimeOffset? DueBefore = null)
    {
        public ThreadSpace Space { get; init; }

        public IReadOnlyList<string> Terms { get; init; } = [];

        public HeadQuery Query => new()
        {
            Space = Space,
            Tenant = Tenant,
            AsOf = ManyThreads.Start,
            Expired = Expired,
            DueBefore = DueBefore,
            Terms = Terms,
            Filter = Filter with { PageSize = 50 },
        };
    }
}

/// <summary>A schema with 100,000 threads: some tenants large and some small, most threads alike and a few not.</summary>
public sealed class ManyThreads : IAsyncLifetime
{
    public const int Medium = 3_000, Same = 8_000;

    private const int Count = 100_000;

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public PostgresLogOptions Options { get; private set; } = new();

    public static string Id(int number) => $"thread-{number:D6}";

    public async ValueTask InitializeAsync()
    {
        Options = await SharedServer.NewSchemaAsync();
        await (await PostgresCommitLog.OpenAsync(Options)).DisposeAsync();
        await SharedServer.RunAsync(
            $$"""
            INSERT INTO {{Options.Schema}}.threads (
                number, number_again, space, tenant, thread_id, life, first_version, version, keyframe_version, chain_hash, user_id, agent, status, message_count, created_at, updated_at, period,
                expires_at, expires_again, expiry_period, deleted_at, due_at, due_period, metadata, terms, guard) OVERRIDING SYSTEM VALUE
            SELECT
                i, i, space, tenant, thread_id, life, 1, 1, 0, decode(repeat('00', 32), 'hex'), user_id, agent, status, 2, timestamptz '2026-01-01Z',
                updated_at, floor(extract(epoch FROM updated_at) * 1000 / 65536), expires_at, expires_at, floor(extract(epoch FROM expires_at) * 1000 / 65536), deleted_at,
                due_at, floor(extract(epoch FROM due_at) * 1000 / 65536), metadata, terms,
                sha256(convert_to(space || '|' || life || '|1|0|0||' || length(tenant) || ':' || tenant || '|' || length(thread_id) || ':' || thread_id, 'UTF8'))
            FROM (SELECT
                i, gen_random_uuid() AS life,
                CASE WHEN i > {{Medium + Same}} AND i % 100 = 98 THEN 5 ELSE 0 END AS space,
                CASE WHEN i <= {{Medium}} THEN 'medium' WHEN i <= {{Medium + Same}} THEN 'same' WHEN i % 10 = 0 THEN 'small-' || i % 200 ELSE 'big' END AS tenant,
                'thread-' || lpad(CASE WHEN i <= {{Medium}} THEN i WHEN i <= {{Medium + Same}} THEN i - {{Medium}} ELSE i END::text, 6, '0') || CASE WHEN i > {{Medium + Same}} AND i % 100 = 98 THEN '~' || repeat('0', 32) ELSE '' END AS thread_id,
                'user-' || i % 1000 AS user_id,
                CASE WHEN i % 5000 = 3 THEN 'rare' ELSE 'agent-' || i % 5 END AS agent,
                CASE WHEN i % 2500 = 9 THEN 'waiting_for_approval' ELSE 'idle' END AS status,
                CASE WHEN i > {{Medium}} AND i <= {{Medium + Same}} THEN timestamptz '2026-01-01Z' ELSE timestamptz '2026-01-01Z' + i * interval '1 minute' END AS updated_at,
                CASE WHEN i % 2000 = 1 THEN timestamptz '2025-01-01Z' WHEN i % 2 = 1 THEN timestamptz '2027-01-01Z' END AS expires_at,
                CASE WHEN i % 3000 = 5 THEN timestamptz '2026-01-01Z' END AS deleted_at,
                CASE WHEN i % 20 = 0 OR i % 50 = 3 THEN timestamptz '2026-01-01Z' + i * interval '1 minute' END AS due_at,
                CASE WHEN i % 10 = 0 THEN jsonb_build_array('kind:7', 'key:' || i) WHEN i = 4711 THEN '["key:4711"]' END AS terms,
                jsonb_build_object('team', 'team-' || i % 20, 'order', i) AS metadata
            FROM generate_series(1, {{Count}}) i) t
            """);
        await SharedServer.RunAsync($"VACUUM ANALYZE {Options.Schema}.threads");
    }

    public ValueTask DisposeAsync() => default;
}
