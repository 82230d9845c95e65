namespace Holdfast.Postgres.Schema;

/// <summary>The first schema.</summary>
internal static class Migration1
{
    // - Ids compare as bytes, whatever the collation of the database.
    // - threads.number is what entries refer to: narrow, and never used again when a thread was erased and begun anew. It needs no index: every
    //   access comes by tenant and id. A foreign key would cost a lookup and a lock for each append and protect from nothing: one statement writes both.
    // - Each append updates its thread's row, and with updated_at all of its indexes: each one here is needed by a filter of the listing, and those for
    //   what few threads have are partial.
    // - POSIX orders as C does, and is another collation all the same: so only the primary key can serve what asks for one thread. Of a table of which it
    //   knows nothing yet, the server takes every index for equally good, and one that begins with the tenant would read all of the tenant's threads.
    // - body is json and not jsonb, because json keeps the text byte for byte. What is not plain JSON is in sealed_body, which is not compressed again.
    // - metadata is what can be searched; metadata_exact has the original where jsonb cannot hold it (NUL, halves of surrogate pairs).
    // - append writes a batch. As a function its plans are kept by the server, where a statement of its own would be planned each time: that costs more than
    //   what it does, and a pooler forbids prepared statements. In read committed each of its statements sees what was committed before it, so a row that
    //   had to be waited for is seen as it is now. It has a version in its name, because older and newer processes may run at the same time.
    // - Its plans are made for tables that may be nearly empty, and are kept when these have grown. The settings leave one plan only, whatever the tables
    //   were like: rows are found by their key, one after the other in the order of the batch, in which all processes take their locks.
    public const string Sql =
        """
        CREATE TABLE {schema}.threads (
            tenant text COLLATE "C" NOT NULL,
            thread_id text COLLATE "C" NOT NULL,
            number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
            version bigint NOT NULL,
            keyframe_version bigint NOT NULL,
            chain_hash bytea NOT NULL,
            user_id text COLLATE "C",
            agent text COLLATE "C",
            status text COLLATE "C" NOT NULL,
            message_count bigint NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            expires_at timestamptz,
            deleted_at timestamptz,
            metadata jsonb,
            metadata_exact bytea,
            PRIMARY KEY (tenant, thread_id)
        ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

        CREATE INDEX threads_by_update ON {schema}.threads (tenant COLLATE "POSIX", updated_at DESC, thread_id COLLATE "POSIX");
        CREATE INDEX threads_by_update_of_all ON {schema}.threads (updated_at DESC, tenant COLLATE "POSIX", thread_id COLLATE "POSIX");
        CREATE INDEX threads_by_user ON {schema}.threads (user_id, tenant COLLATE "POSIX", updated_at DESC, thread_id COLLATE "POSIX") WHERE user_id IS NOT NULL;
        CREATE INDEX threads_by_agent ON {schema}.threads (agent, tenant COLLATE "POSIX", updated_at DESC, thread_id COLLATE "POSIX") WHERE agent IS NOT NULL;
        CREATE INDEX threads_by_status ON {schema}.threads (status, tenant COLLATE "POSIX", updated_at DESC, thread_id COLLATE "POSIX");
        CREATE INDEX threads_by_expiry ON {schema}.threads (expires_at) WHERE expires_at IS NOT NULL;
        CREATE INDEX threads_deleted ON {schema}.threads (tenant COLLATE "POSIX", updated_at DESC, thread_id COLLATE "POSIX") WHERE deleted_at IS NOT NULL;
        CREATE INDEX threads_by_metadata ON {schema}.threads USING gin (metadata jsonb_path_ops) WHERE metadata IS NOT NULL;

        CREATE TABLE {schema}.entries (
            thread bigint NOT NULL,
            version bigint NOT NULL,
            at timestamptz NOT NULL,
            commit_id uuid NOT NULL,
            message_count integer NOT NULL,
            size integer NOT NULL,
            is_keyframe boolean NOT NULL,
            is_rewritten boolean NOT NULL DEFAULT false,
            body_hash bytea NOT NULL,
            body json,
            sealed_body bytea,
            PRIMARY KEY (thread, version),
            CHECK ((body IS NULL) <> (sealed_body IS NULL))
        );

        ALTER TABLE {schema}.entries ALTER COLUMN sealed_body SET STORAGE EXTERNAL;

        CREATE FUNCTION {schema}.append_1(
            -- for each append: tenant, thread id, user, agent, status
            texts text[],
            -- version, keyframe version, messages of the head, messages of the entry, size, flags (1 keyframe, 2 rewritten, 4 keeps the expiry)
            numbers bigint[],
            -- created, updated, expires, deleted, time of the entry
            times timestamptz[],
            -- chain hash before, chain hash, body hash
            digests bytea[],
            commit_ids uuid[], metadata jsonb[], metadata_exact bytea[], bodies json[], sealed_bodies bytea[])
        -- three numbers for each that was not appended: its place from 1 on; 1 duplicate, 2 conflict, 3 can be appended now; the version that the thread has
        RETURNS bigint[]
        LANGUAGE plpgsql
        SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
        AS $$
        DECLARE
            no_chain CONSTANT bytea := decode(repeat('00', 32), 'hex');
            remaining bigint[] := '{1}'; refused bigint[] := '{}';
            i bigint; thread_number bigint; standing_version bigint; standing_hash bytea; standing_commit uuid;
        BEGIN
            IF cardinality(commit_ids) > 1 THEN
                WITH batch AS (
                    SELECT * FROM unnest(commit_ids, append_1.metadata, append_1.metadata_exact, bodies, sealed_bodies)
                        WITH ORDINALITY b(commit_id, metadata, metadata_exact, body, sealed_body, n)),
                changed AS (
                    UPDATE {schema}.threads t SET
                        user_id = texts[5 * n - 2], agent = texts[5 * n - 1], status = texts[5 * n],
                        version = numbers[6 * n - 5], keyframe_version = numbers[6 * n - 4], message_count = numbers[6 * n - 3],
                        created_at = times[5 * n - 4], updated_at = times[5 * n - 3], deleted_at = times[5 * n - 1],
                        expires_at = CASE WHEN numbers[6 * n] & 4 <> 0 THEN t.expires_at ELSE times[5 * n - 2] END,
                        chain_hash = digests[3 * n - 1], metadata = b.metadata, metadata_exact = b.metadata_exact
                    FROM batch b
                    WHERE t.tenant = texts[5 * n - 4] AND t.thread_id = texts[5 * n - 3] AND t.version = numbers[6 * n - 5] - 1 AND t.chain_hash = digests[3 * n - 2]
                    RETURNING t.number, b.n, b.commit_id, b.body, b.sealed_body),
                added AS (
                    INSERT INTO {schema}.entries (thread, version, at, commit_id, message_count, size, is_keyframe, is_rewritten, body_hash, body, sealed_body)
                    SELECT
                        number, numbers[6 * n - 5], times[5 * n], commit_id, numbers[6 * n - 2], numbers[6 * n - 1],
                        numbers[6 * n] & 1 <> 0, numbers[6 * n] & 2 <> 0, digests[3 * n], body, sealed_body
                    FROM changed)
                SELECT coalesce(array_agg(n), '{}') FROM batch WHERE n NOT IN (SELECT n FROM changed) INTO remaining;
            END IF;

            -- What is new, alone, or in the way of others.
            FOREACH i IN ARRAY remaining LOOP
                IF numbers[6 * i - 5] > 1 THEN
                    UPDATE {schema}.threads t SET
                        user_id = texts[5 * i - 2], agent = texts[5 * i - 1], status = texts[5 * i],
                        version = numbers[6 * i - 5], keyframe_version = numbers[6 * i - 4], message_count = numbers[6 * i - 3],
                        created_at = times[5 * i - 4], updated_at = times[5 * i - 3], deleted_at = times[5 * i - 1],
                        expires_at = CASE WHEN numbers[6 * i] & 4 <> 0 THEN t.expires_at ELSE times[5 * i - 2] END,
                        chain_hash = digests[3 * i - 1], metadata = append_1.metadata[i], metadata_exact = append_1.metadata_exact[i]
                    WHERE t.tenant = texts[5 * i - 4] AND t.thread_id = texts[5 * i - 3] AND t.version = numbers[6 * i - 5] - 1 AND t.chain_hash = digests[3 * i - 2]
                    RETURNING t.number INTO thread_number;
                ELSIF digests[3 * i - 2] = no_chain THEN
                    INSERT INTO {schema}.threads AS t (
                        tenant, thread_id, user_id, agent, status, version, keyframe_version, message_count,
                        created_at, updated_at, expires_at, deleted_at, chain_hash, metadata, metadata_exact)
                    VALUES (
                        texts[5 * i - 4], texts[5 * i - 3], texts[5 * i - 2], texts[5 * i - 1], texts[5 * i],
                        numbers[6 * i - 5], numbers[6 * i - 4], numbers[6 * i - 3],
                        times[5 * i - 4], times[5 * i - 3], times[5 * i - 2], times[5 * i - 1], digests[3 * i - 1], append_1.metadata[i], append_1.metadata_exact[i])
                    ON CONFLICT ON CONSTRAINT threads_pkey DO NOTHING
                    RETURNING t.number INTO thread_number;
                    -- A sequence that was set back (by a restore of tables alone, or a failover that does not replicate sequences) would mix two threads.
                    IF EXISTS (SELECT FROM {schema}.entries e WHERE e.thread = thread_number) THEN
                        RAISE unique_violation USING MESSAGE = 'the sequence of threads.number is behind: entries with the number ' || thread_number || ' stand';
                    END IF;
                ELSE
                    thread_number := NULL;
                END IF;

                IF thread_number IS NOT NULL THEN
                    INSERT INTO {schema}.entries (thread, version, at, commit_id, message_count, size, is_keyframe, is_rewritten, body_hash, body, sealed_body)
                    VALUES (
                        thread_number, numbers[6 * i - 5], times[5 * i], commit_ids[i], numbers[6 * i - 2], numbers[6 * i - 1],
                        numbers[6 * i] & 1 <> 0, numbers[6 * i] & 2 <> 0, digests[3 * i], bodies[i], sealed_bodies[i]);
                    CONTINUE;
                END IF;

                -- A statement of its own sees what was committed while those above waited for the row.
                SELECT t.version, t.chain_hash, e.commit_id INTO standing_version, standing_hash, standing_commit
                FROM {schema}.threads t LEFT JOIN {schema}.entries e ON e.thread = t.number AND e.version = numbers[6 * i - 5]
                WHERE t.tenant = texts[5 * i - 4] AND t.thread_id = texts[5 * i - 3];
                refused := refused || ARRAY[
                    i,
                    CASE
                        WHEN standing_commit = commit_ids[i] THEN 1
                        WHEN coalesce(standing_version, 0) = numbers[6 * i - 5] - 1 AND coalesce(standing_hash, no_chain) = digests[3 * i - 2] THEN 3
                        ELSE 2
                    END,
                    coalesce(standing_version, 0)];
            END LOOP;

            RETURN refused;
        END
        $$;
        """;
}
