namespace Holdfast.Compare.Running;

/// <summary>Everyone who takes part.</summary>
internal static class Catalogue
{
    // Their history is made of the turns themselves, which takes some 10 ms each.
    private const int LongestOfDeltas = 1_000;

    public static IReadOnlyList<Group> Groups { get; } =
    [
        new("sqlite-full", "Embedded, fsync at every turn", "SQLite in WAL mode with synchronous=FULL, or files with fsync: an acknowledged turn survives a loss of power.", "holdfast-sqlite-full"),
        new("sqlite-normal", "Embedded, no fsync at every turn", "SQLite in WAL mode with synchronous=NORMAL, which is how the peers come: a loss of power may take the last turns.", "holdfast-sqlite-normal"),
        new("redis-always", "Redis, appendfsync always", "An acknowledged turn is on the disk.", "holdfast-redis-always"),
        new("redis-everysec", "Redis, appendfsync everysec", "A loss of power may take the last second.", "holdfast-redis-everysec"),
        new("postgres", "PostgreSQL", "fsync and synchronous_commit on: an acknowledged turn is on the disk.", "holdfast-postgres"),
        new("memory", "In the memory of the process", "Nothing survives the process.", "holdfast-memory"),
    ];

    public static IReadOnlyList<Entrant> Entrants { get; } =
    [
        new("holdfast-sqlite-full", "**Holdfast**, SQLite", "sqlite-full", Medium.Directory, "holdfast-sqlite-full"),
        new("holdfast-sqlite-open", "**Holdfast**, SQLite, the thread opened anew at each turn", "sqlite-full", Medium.Directory, "holdfast-sqlite-open"),
        new("holdfast-files", "**Holdfast**, files", "sqlite-full", Medium.Directory, "holdfast-files"),
        new("floor-sqlite-full", "floor: rows by hand, SQLite", "sqlite-full", Medium.Directory, "floor-sqlite-full"),
        new("blob-sqlite-full", "one JSON document, SQLite row", "sqlite-full", Medium.Directory, "blob-sqlite-full"),
        new("blob-files", "one JSON document, file", "sqlite-full", Medium.Directory, "blob-files"),
        new("agentframework-sqlite-full", "Agent Framework, session in a SQLite row", "sqlite-full", Medium.Directory, "agentframework-sqlite-full"),
        new("agentframework-files", "Agent Framework, session in a file", "sqlite-full", Medium.Directory, "agentframework-files"),
        new("langgraph-sqlite-full", "LangGraph JS, SqliteSaver with FULL", "sqlite-full", Medium.Directory, "langgraph.mjs sqlite-full"),
        new("langgraph-sqlite-full-exit", "LangGraph JS, SqliteSaver with FULL, durability exit", "sqlite-full", Medium.Directory, "langgraph.mjs sqlite-full-exit"),

        new("holdfast-sqlite-normal", "**Holdfast**, SQLite", "sqlite-normal", Medium.Directory, "holdfast-sqlite-normal"),
        new("floor-sqlite-normal", "floor: rows by hand, SQLite", "sqlite-normal", Medium.Directory, "floor-sqlite-normal"),
        new("blob-sqlite-normal", "one JSON document, SQLite row", "sqlite-normal", Medium.Directory, "blob-sqlite-normal"),
        new("langgraph-sqlite", "LangGraph JS, SqliteSaver", "sqlite-normal", Medium.Directory, "langgraph.mjs sqlite"),
        new("langgraph-sqlite-exit", "LangGraph JS, SqliteSaver, durability exit", "sqlite-normal", Medium.Directory, "langgraph.mjs sqlite-exit"),
        new("langgraph-sqlite-delta", "LangGraph JS, SqliteSaver, delta channel (beta)", "sqlite-normal", Medium.Directory, "langgraph.mjs sqlite-delta") { LongestHistory = LongestOfDeltas },
        new("mastra-libsql", "Mastra, LibSQL", "sqlite-normal", Medium.Directory, "mastra.mjs libsql"),

        new("holdfast-redis-always", "**Holdfast**, Redis", "redis-always", Medium.RedisAlways, "holdfast-redis"),
        new("floor-redis-always", "floor: list and hash by hand", "redis-always", Medium.RedisAlways, "floor-redis"),
        new("blob-redis-always", "one JSON document, string", "redis-always", Medium.RedisAlways, "blob-redis"),
        new("orleans-redis-always", "Orleans, grain state in Redis", "redis-always", Medium.RedisAlways, "orleans-redis"),
        new("hazel-redis-always", "@hazeljs/agent, Redis", "redis-always", Medium.RedisAlways, "hazel.mjs redis"),

        new("holdfast-redis-everysec", "**Holdfast**, Redis", "redis-everysec", Medium.RedisEverySecond, "holdfast-redis"),
        new("floor-redis-everysec", "floor: list and hash by hand", "redis-everysec", Medium.RedisEverySecond, "floor-redis"),
        new("blob-redis-everysec", "one JSON document, string", "redis-everysec", Medium.RedisEverySecond, "blob-redis"),
        new("orleans-redis-everysec", "Orleans, grain state in Redis", "redis-everysec", Medium.RedisEverySecond, "orleans-redis"),
        new("hazel-redis-everysec", "@hazeljs/agent, Redis", "redis-everysec", Medium.RedisEverySecond, "hazel.mjs redis"),

        new("holdfast-postgres", "**Holdfast**, PostgreSQL", "postgres", Medium.Postgres, "holdfast-postgres"),
        new("floor-postgres", "floor: rows by hand", "postgres", Medium.Postgres, "floor-postgres"),
        new("blob-postgres", "one JSON document, jsonb row", "postgres", Medium.Postgres, "blob-postgres"),
        new("marten-inline", "Marten, inline snapshot of the variables", "postgres", Medium.Postgres, "marten-inline"),
        new("marten-live", "Marten, live aggregation", "postgres", Medium.Postgres, "marten-live"),
        new("langgraph-postgres", "LangGraph JS, PostgresSaver", "postgres", Medium.Postgres, "langgraph.mjs postgres"),
        new("langgraph-postgres-exit", "LangGraph JS, PostgresSaver, durability exit", "postgres", Medium.Postgres, "langgraph.mjs postgres-exit"),
        new("langgraph-postgres-delta", "LangGraph JS, PostgresSaver, delta channel (beta)", "postgres", Medium.Postgres, "langgraph.mjs postgres-delta") { LongestHistory = LongestOfDeltas },
        new("mastra-postgres", "Mastra, PostgreSQL", "postgres", Medium.Postgres, "mastra.mjs postgres"),

        new("holdfast-memory", "**Holdfast**, in memory", "memory", Medium.Memory, "holdfast-memory"),
        new("hazel-memory", "@hazeljs/agent, in memory", "memory", Medium.Memory, "hazel.mjs memory"),
        new("openai-memory", "OpenAI Agents, MemorySession", "memory", Medium.Memory, "openai.mjs memory"),
    ];

    /// <summary>The groups that have any of these, with those.</summary>
    public static IEnumerable<(Group Group, IReadOnlyList<Entrant> Entrants)> GroupsOf(IReadOnlyList<Entrant> entrants)
        => from one in Groups
           let members = entrants.Where(entrant => entrant.Group == one.Name).ToList()
           where members.Count > 0
           select (one, (IReadOnlyList<Entrant>)members);

    public static IReadOnlyList<Entrant> Selected(Settings settings)
        => [.. Entrants.Where(entrant => settings.Only.Count == 0 || settings.Only.Any(part => entrant.Name.Contains(part, StringComparison.Ordinal)))];
}
