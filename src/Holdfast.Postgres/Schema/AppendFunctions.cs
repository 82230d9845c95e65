namespace Holdfast.Postgres.Schema;

/// <summary>The functions that append. Each value has the name of its column with <c>a_</c> before it, unless it says otherwise.</summary>
internal static class AppendFunctions
{
    /// <summary>The parameters: name and type, in the order in which <c>AppendStatement</c> sends them.</summary>
    public static readonly (string Name, string Type)[] Parameters =
    [
        ("a_space", "smallint"), ("a_tenant", "text"), ("a_thread_id", "text"), ("a_begins", "boolean"), ("a_trunk_id", "text"), ("a_after_hash", "bytea"), ("a_keeps_expiry", "boolean"),

        // The head.
        ("a_life", "uuid"), ("a_properties", "json"), ("a_guard", "bytea"), ("a_version", "bigint"), ("a_keyframe_version", "bigint"), ("a_chain_hash", "bytea"), ("a_user_id", "text"),
        ("a_agent", "text"), ("a_status", "text"), ("a_message_count", "bigint"), ("a_created_at", "timestamptz"), ("a_updated_at", "timestamptz"),
        ("a_period", "bigint"), ("a_expires_at", "timestamptz"), ("a_expiry_period", "bigint"), ("a_deleted_at", "timestamptz"), ("a_due_at", "timestamptz"),
        ("a_due_period", "bigint"), ("a_metadata", "jsonb"), ("a_metadata_exact", "bytea"), ("a_terms", "jsonb"),

        // The entry.
        ("a_at", "timestamptz"), ("a_commit_id", "uuid"), ("a_entry_messages", "integer"), ("a_size", "integer"), ("a_is_keyframe", "boolean"),
        ("a_body_hash", "bytea"), ("a_rewritten_hash", "bytea"), ("a_body", "json"), ("a_sealed_body", "bytea"),
    ];

    /// <summary>What each append writes into the head. The rest is written once, or by maintenance alone.</summary>
    private static readonly string[] HeadColumns =
    [
        "version", "keyframe_version", "chain_hash", "user_id", "agent", "status", "message_count", "created_at", "updated_at", "period", "deleted_at", "due_at",
        "due_period", "metadata", "metadata_exact", "terms",
    ];

    private static readonly string[] ExpiryColumns = ["expires_at", "expires_again", "expiry_period"];

    private static readonly string[] FirstColumns = ["space", "tenant", "thread_id", "life", "properties", "guard"];

    private const string EntryColumns = "thread, version, at, commit_id, message_count, size, is_keyframe, body_hash, rewritten_hash, body, sealed_body";

    private static readonly string[] EntryValues =
        ["a_version", "a_at", "a_commit_id", "a_entry_messages", "a_size", "a_is_keyframe", "a_body_hash", "a_rewritten_hash", "a_body", "a_sealed_body"];

    /// <summary>Appends to a thread that is as expected; else nothing is written, and no row counted.</summary>
    public static readonly string Expected =
        $"""
        WITH changed AS ({Change("")} RETURNING t.number)
        INSERT INTO {Migration.Schema}.entries ({EntryColumns}) SELECT number, {List(EntryValues)} FROM changed
        """;

    // - As functions their plans are kept by the server, where a statement of its own would be planned each time: that costs more than what it does, and a
    //   pooler forbids prepared statements. In read committed each of their statements sees what was committed before it, so a row that had to be waited
    //   for is seen as it is now. They have a version in their names, because older and newer processes may run at the same time.
    // - Their plans are made for tables that may be nearly empty, and are kept when these have grown. The settings leave one plan only, whatever the tables
    //   were like: rows are found by their key, one after the other in the order of the batch, in which all processes take their locks.
    // - Each setting costs a microsecond or two with each call, so the one for a single append has no more than it needs.
    // - They only tell how a thread stands to which nothing could be appended. AppendRules decides what that means.
    public static readonly string One =
        $$"""
        CREATE FUNCTION {schema}.append_1({{List(Parameters.Select(parameter => $"{parameter.Name} {parameter.Type}"))}})
        -- nothing when it was appended; else: 1; of the thread that stands there the version (or that its trunk is in the way), the first version, the life, the chain hash; the id of the commit that
        -- stands at the version of the entry; and that of the newest one
        RETURNS text[]
        LANGUAGE plpgsql
        SET enable_seqscan = off
        AS $$
        DECLARE
            thread_number bigint; answer text[];
        BEGIN
            IF NOT a_begins THEN
                {{Change("")}} RETURNING t.number INTO thread_number;
            ELSE
                INSERT INTO {schema}.threads AS t (first_version, {{List([.. FirstColumns, .. HeadColumns, .. ExpiryColumns])}})
                VALUES (a_version, {{List(Values([.. FirstColumns, .. HeadColumns, .. ExpiryColumns]))}})
                ON CONFLICT ON CONSTRAINT threads_pkey DO NOTHING
                RETURNING t.number INTO thread_number;
                -- A sequence that was set back (by a restore of tables alone, or a failover that does not replicate sequences) would mix two threads.
                IF EXISTS (SELECT FROM {schema}.entries e WHERE e.thread = thread_number) THEN
                    RAISE unique_violation USING MESSAGE = 'the sequence of threads.number is behind: entries with the number ' || thread_number || ' stand';
                END IF;
                -- Looked for only now, when a rename that stood in the way has been waited for.
                IF thread_number IS NOT NULL AND EXISTS (
                    SELECT FROM {schema}.threads t WHERE t.space = {{(int)ThreadSpace.Trunks}} AND t.tenant = a_tenant AND t.thread_id = a_trunk_id) THEN
                    DELETE FROM {schema}.threads t WHERE t.space = a_space AND t.tenant = a_tenant AND t.thread_id = a_thread_id;
                    RETURN ARRAY['1', 'trunk', NULL, NULL, NULL, NULL, NULL];
                END IF;
            END IF;

            IF thread_number IS NOT NULL THEN
                IF a_begins THEN
                    UPDATE {schema}.threads t SET number_again = thread_number WHERE t.space = a_space AND t.tenant = a_tenant AND t.thread_id = a_thread_id;
                END IF;
                INSERT INTO {schema}.entries ({{EntryColumns}}) VALUES (thread_number, {{List(EntryValues)}});
                RETURN '{}';
            END IF;

            -- A statement of its own sees what was committed while those above waited for the row.
            SELECT ARRAY['1', t.version::text, t.first_version::text, t.life::text, encode(t.chain_hash, 'hex'), e.commit_id::text, n.commit_id::text] INTO answer
            FROM {schema}.threads t
            LEFT JOIN {schema}.entries e ON e.thread = t.number AND e.version = a_version
            LEFT JOIN {schema}.entries n ON n.thread = t.number AND n.version = t.version AND t.number = t.number_again
            WHERE t.space = a_space AND t.tenant = a_tenant AND t.thread_id = a_thread_id;
            RETURN coalesce(answer, ARRAY['1', NULL, NULL, NULL, NULL, NULL, NULL]);
        END
        $$;


        """;

    public static readonly string Batch =
        $$"""
        CREATE FUNCTION {schema}.append_batch_1({{List(Parameters.Select(parameter => $"{parameter.Name} {parameter.Type}[]"))}})
        -- what append_1 returns for each that was not appended; its place from 1 on comes first
        RETURNS text[]
        LANGUAGE plpgsql
        SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
        AS $$
        DECLARE
            appended integer[]; answer text[]; refused text[] := '{}';
        BEGIN
            WITH changed AS ({{Change("[n]", "FROM generate_series(1, cardinality(a_version)) n", "NOT a_begins[n] AND ")}} RETURNING t.number, n),
            added AS (
                INSERT INTO {schema}.entries ({{EntryColumns}})
                SELECT number, {{List(EntryValues, "[n]")}} FROM changed)
            SELECT coalesce(array_agg(n), '{}') FROM changed INTO appended;

            -- What is new, or in the way of others.
            IF cardinality(appended) < cardinality(a_version) THEN
                FOR i IN 1 .. cardinality(a_version) LOOP
                    IF i <> ALL (appended) THEN
                        answer := {schema}.append_1({{List(Parameters.Select(parameter => parameter.Name), "[i]")}});
                        IF cardinality(answer) > 0 THEN
                            refused := refused || i::text || answer[2:];
                        END IF;
                    END IF;
                END LOOP;
            END IF;

            RETURN refused;
        END
        $$;
        """;

    // What appends to a thread that is as expected: also its newest entry is there, without which no load could read what is appended. As a value it is looked up
    // for the one row that is found, whatever the server thinks of the tables.
    private static string Change(string at, string from = "", string condition = "")
        => $$"""
        UPDATE {schema}.threads t SET
            {{List(HeadColumns.Select(column => $"{column} = a_{column}{at}"))}},
            {{List(ExpiryColumns.Select(column => $"{column} = CASE WHEN a_keeps_expiry{at} THEN t.{column} ELSE {Value(column)}{at} END"))}}
        {{from}}
        WHERE {{condition}}t.space = a_space{{at}} AND t.tenant = a_tenant{{at}} AND t.thread_id = a_thread_id{{at}}
            AND t.version = a_version{{at}} - 1 AND t.chain_hash = a_after_hash{{at}} AND t.number = t.number_again
            AND (SELECT true FROM {schema}.entries e WHERE e.thread = t.number AND e.version = a_version{{at}} - 1)
        """;

    private static IEnumerable<string> Values(IEnumerable<string> columns) => columns.Select(Value);

    private static string Value(string column) => column == "expires_again" ? "a_expires_at" : $"a_{column}";

    private static string List(IEnumerable<string> items, string after = "") => string.Join(", ", items.Select(item => item + after));
}
