namespace Holdfast.Postgres.Schema;

/// <summary>The functions that append. Their parameters are those of <c>AppendStatement</c>.</summary>
internal static class AppendFunctions
{
    // What appends to a thread that is as expected: also its newest entry is there, without which no load could read what is appended. As a value it is looked up
    // for the one row that is found, whatever the server thinks of the tables.
    private const string Change =
        """
        UPDATE {schema}.threads t SET
            version = a_version, keyframe_version = a_keyframe_version, chain_hash = a_chain_hash, user_id = a_user_id, agent = a_agent,
            status = a_status, message_count = a_message_count, created_at = a_created_at, updated_at = a_updated_at, period = a_period,
            deleted_at = a_deleted_at, metadata = a_metadata, metadata_exact = a_metadata_exact,
            expires_at = CASE WHEN a_keeps_expiry THEN t.expires_at ELSE a_expires_at END,
            expiry_period = CASE WHEN a_keeps_expiry THEN t.expiry_period ELSE a_expiry_period END
        WHERE t.tenant = a_tenant AND t.thread_id = a_thread_id AND t.version = a_version - 1 AND t.chain_hash = a_after_hash
            AND (SELECT true FROM {schema}.entries e WHERE e.thread = t.number AND e.version = a_version - 1)
        RETURNING t.number
        """;

    private const string Columns = "thread, version, at, commit_id, message_count, size, is_keyframe, is_rewritten, body_hash, body, sealed_body";

    private const string Values =
        """
        a_version, a_entry_at, a_commit_id, a_entry_messages, a_size, a_is_keyframe, a_is_rewritten, a_body_hash, a_body, a_sealed_body
        """;

    /// <summary>Appends to a thread that is as expected; else nothing is written, and no row counted.</summary>
    public const string Expected =
        $"""
        WITH changed AS ({Change})
        INSERT INTO {Migration.Schema}.entries ({Columns}) SELECT number, {Values} FROM changed
        """;

    // - As functions their plans are kept by the server, where a statement of its own would be planned each time: that costs more than what it does, and a
    //   pooler forbids prepared statements. In read committed each of their statements sees what was committed before it, so a row that had to be waited
    //   for is seen as it is now. They have a version in their names, because older and newer processes may run at the same time.
    // - Their plans are made for tables that may be nearly empty, and are kept when these have grown. The settings leave one plan only, whatever the tables
    //   were like: rows are found by their key, one after the other in the order of the batch, in which all processes take their locks.
    // - Each setting costs a microsecond or two with each call, so the one for a single append has no more than it needs.
    public const string One =
        $$"""
        CREATE FUNCTION {schema}.append_1(
            a_tenant text, a_thread_id text, a_after_hash bytea, a_keeps_expiry boolean, a_version bigint, a_keyframe_version bigint,
            a_chain_hash bytea, a_user_id text, a_agent text, a_status text, a_message_count bigint, a_created_at timestamptz,
            a_updated_at timestamptz, a_period bigint, a_expires_at timestamptz, a_expiry_period bigint, a_deleted_at timestamptz, a_metadata jsonb,
            a_metadata_exact bytea, a_entry_at timestamptz, a_commit_id uuid, a_entry_messages integer, a_size integer, a_is_keyframe boolean,
            a_is_rewritten boolean, a_body_hash bytea, a_body json, a_sealed_body bytea)
        -- nothing when it was appended; else three numbers: 1; 1 duplicate, 2 conflict, 3 can be appended now, 4 its newest entry is gone; the version that the thread has
        RETURNS bigint[]
        LANGUAGE plpgsql
        SET enable_seqscan = off
        AS $$
        DECLARE
            no_chain CONSTANT bytea := '\x0000000000000000000000000000000000000000000000000000000000000000';
            thread_number bigint; standing_version bigint; standing_hash bytea; standing_commit uuid; newest_commit uuid;
        BEGIN
            IF a_version > 1 THEN
                {{Change}} INTO thread_number;
            ELSIF a_after_hash = no_chain THEN
                INSERT INTO {schema}.threads AS t (
                    tenant, thread_id, version, keyframe_version, chain_hash, user_id, agent, status, message_count, created_at, updated_at, period,
                    expires_at, expiry_period, deleted_at, metadata, metadata_exact)
                VALUES (
                    a_tenant, a_thread_id, a_version, a_keyframe_version, a_chain_hash, a_user_id, a_agent, a_status, a_message_count, a_created_at,
                    a_updated_at, a_period, a_expires_at, a_expiry_period, a_deleted_at, a_metadata, a_metadata_exact)
                ON CONFLICT ON CONSTRAINT threads_pkey DO NOTHING
                RETURNING t.number INTO thread_number;
                -- A sequence that was set back (by a restore of tables alone, or a failover that does not replicate sequences) would mix two threads.
                IF EXISTS (SELECT FROM {schema}.entries e WHERE e.thread = thread_number) THEN
                    RAISE unique_violation USING MESSAGE = 'the sequence of threads.number is behind: entries with the number ' || thread_number || ' stand';
                END IF;
            END IF;

            IF thread_number IS NOT NULL THEN
                INSERT INTO {schema}.entries ({{Columns}}) VALUES (thread_number, {{Values}});
                RETURN '{}';
            END IF;

            -- A statement of its own sees what was committed while those above waited for the row.
            SELECT t.version, t.chain_hash, e.commit_id, n.commit_id INTO standing_version, standing_hash, standing_commit, newest_commit
            FROM {schema}.threads t
            LEFT JOIN {schema}.entries e ON e.thread = t.number AND e.version = a_version
            LEFT JOIN {schema}.entries n ON n.thread = t.number AND n.version = t.version
            WHERE t.tenant = a_tenant AND t.thread_id = a_thread_id;
            RETURN ARRAY[
                1,
                CASE
                    WHEN standing_commit = a_commit_id THEN 1
                    WHEN coalesce(standing_version, 0) = a_version - 1 AND coalesce(standing_hash, no_chain) = a_after_hash
                        THEN CASE WHEN standing_version IS NOT NULL AND newest_commit IS NULL THEN 4 ELSE 3 END
                    ELSE 2
                END,
                coalesce(standing_version, 0)];
        END
        $$;


        """;

    public const string Batch =
        $$"""
        CREATE FUNCTION {schema}.append_batch_1(
            a_tenant text[], a_thread_id text[], a_after_hash bytea[], a_keeps_expiry boolean[], a_version bigint[], a_keyframe_version bigint[],
            a_chain_hash bytea[], a_user_id text[], a_agent text[], a_status text[], a_message_count bigint[], a_created_at timestamptz[],
            a_updated_at timestamptz[], a_period bigint[], a_expires_at timestamptz[], a_expiry_period bigint[], a_deleted_at timestamptz[],
            a_metadata jsonb[], a_metadata_exact bytea[], a_entry_at timestamptz[], a_commit_id uuid[], a_entry_messages integer[], a_size integer[],
            a_is_keyframe boolean[], a_is_rewritten boolean[], a_body_hash bytea[], a_body json[], a_sealed_body bytea[])
        -- three numbers for each that was not appended, the first of which is its place from 1 on
        RETURNS bigint[]
        LANGUAGE plpgsql
        SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
        AS $$
        DECLARE
            appended integer[]; answer bigint[]; refused bigint[] := '{}';
        BEGIN
            WITH changed AS (
                UPDATE {schema}.threads t SET
                    version = a_version[n], keyframe_version = a_keyframe_version[n], chain_hash = a_chain_hash[n], user_id = a_user_id[n],
                    agent = a_agent[n], status = a_status[n], message_count = a_message_count[n], created_at = a_created_at[n],
                    updated_at = a_updated_at[n], period = a_period[n], deleted_at = a_deleted_at[n], metadata = a_metadata[n],
                    metadata_exact = a_metadata_exact[n], expires_at = CASE WHEN a_keeps_expiry[n] THEN t.expires_at ELSE a_expires_at[n] END,
                    expiry_period = CASE WHEN a_keeps_expiry[n] THEN t.expiry_period ELSE a_expiry_period[n] END
                FROM generate_series(1, cardinality(a_version)) n
                WHERE t.tenant = a_tenant[n] AND t.thread_id = a_thread_id[n] AND t.version = a_version[n] - 1 AND t.chain_hash = a_after_hash[n]
                    AND (SELECT true FROM {schema}.entries e WHERE e.thread = t.number AND e.version = a_version[n] - 1)
                RETURNING t.number, n),
            added AS (
                INSERT INTO {schema}.entries ({{Columns}})
                SELECT
                    number, a_version[n], a_entry_at[n], a_commit_id[n], a_entry_messages[n], a_size[n], a_is_keyframe[n], a_is_rewritten[n],
                    a_body_hash[n], a_body[n], a_sealed_body[n]
                FROM changed)
            SELECT coalesce(array_agg(n), '{}') FROM changed INTO appended;

            -- What is new, or in the way of others.
            IF cardinality(appended) < cardinality(a_version) THEN
                FOR i IN 1 .. cardinality(a_version) LOOP
                    IF i <> ALL (appended) THEN
                        answer := {schema}.append_1(
                            a_tenant[i], a_thread_id[i], a_after_hash[i], a_keeps_expiry[i], a_version[i], a_keyframe_version[i], a_chain_hash[i],
                            a_user_id[i], a_agent[i], a_status[i], a_message_count[i], a_created_at[i], a_updated_at[i], a_period[i], a_expires_at[i],
                            a_expiry_period[i], a_deleted_at[i], a_metadata[i], a_metadata_exact[i], a_entry_at[i], a_commit_id[i],
                            a_entry_messages[i], a_size[i], a_is_keyframe[i], a_is_rewritten[i], a_body_hash[i], a_body[i], a_sealed_body[i]);
                        IF cardinality(answer) > 0 THEN
                            refused := refused || i::bigint || answer[2:];
                        END IF;
                    END IF;
                END LOOP;
            END IF;

            RETURN refused;
        END
        $$;
        """;
}
