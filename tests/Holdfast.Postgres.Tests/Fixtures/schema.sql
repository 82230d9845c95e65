BEGIN;

CREATE SCHEMA IF NOT EXISTS "holdfast";

CREATE TABLE IF NOT EXISTS "holdfast".migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE "holdfast".threads (
    space smallint NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    thread_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    life uuid NOT NULL,
    first_version bigint NOT NULL,
    version bigint NOT NULL,
    keyframe_version bigint NOT NULL,
    chain_hash bytea NOT NULL,
    user_id text COLLATE "C",
    agent text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    message_count bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    period bigint NOT NULL,
    expires_at timestamptz,
    expiry_period bigint,
    deleted_at timestamptz,
    due_at timestamptz,
    due_period bigint,
    metadata jsonb,
    metadata_exact bytea,
    terms jsonb,
    properties json,
    revision bigint NOT NULL DEFAULT 0,
    heartbeat bigint NOT NULL DEFAULT 0,
    pin_count integer NOT NULL DEFAULT 0,
    lowest_pin bigint,
    number_again bigint NOT NULL DEFAULT 0,
    expires_again timestamptz,
    heartbeat_again bigint NOT NULL DEFAULT 0,
    guard bytea NOT NULL,
    PRIMARY KEY (space, tenant, thread_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX threads_by_update ON "holdfast".threads (tenant COLLATE "POSIX", space, period DESC);
CREATE INDEX threads_by_update_of_all ON "holdfast".threads (period DESC, space, tenant COLLATE "POSIX");
CREATE INDEX threads_by_user ON "holdfast".threads (user_id, space, tenant COLLATE "POSIX", period DESC) WHERE user_id IS NOT NULL;
CREATE INDEX threads_by_agent ON "holdfast".threads (agent, space, tenant COLLATE "POSIX", period DESC) WHERE agent IS NOT NULL;
CREATE INDEX threads_by_status ON "holdfast".threads (status, space, tenant COLLATE "POSIX", period DESC);
CREATE INDEX threads_by_expiry ON "holdfast".threads (space, expiry_period) WHERE expiry_period IS NOT NULL;
CREATE INDEX threads_due ON "holdfast".threads (space, tenant COLLATE "POSIX", due_period) WHERE due_period IS NOT NULL;
CREATE INDEX threads_due_of_all ON "holdfast".threads (space, due_period) WHERE due_period IS NOT NULL;
CREATE INDEX threads_deleted ON "holdfast".threads (space, tenant COLLATE "POSIX", period DESC) WHERE deleted_at IS NOT NULL;
CREATE INDEX threads_by_metadata ON "holdfast".threads USING gin (metadata jsonb_path_ops) WHERE metadata IS NOT NULL;
CREATE INDEX threads_by_term ON "holdfast".threads USING gin (terms jsonb_path_ops) WHERE terms IS NOT NULL;

CREATE TABLE "holdfast".entries (
    thread bigint NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    commit_id uuid NOT NULL,
    message_count integer NOT NULL,
    size integer NOT NULL,
    is_keyframe boolean NOT NULL,
    body_hash bytea NOT NULL,
    rewritten_hash bytea,
    body json,
    sealed_body bytea,
    PRIMARY KEY (thread, version)
);

ALTER TABLE "holdfast".entries ALTER COLUMN sealed_body SET STORAGE EXTERNAL;

CREATE TABLE "holdfast".pins (
    thread bigint NOT NULL,
    life uuid NOT NULL,
    space smallint NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    thread_id text COLLATE "C" NOT NULL,
    from_version bigint NOT NULL,
    to_version bigint NOT NULL,
    guard bytea NOT NULL,
    PRIMARY KEY (thread, life)
);

CREATE FUNCTION "holdfast".append_1(a_space smallint, a_tenant text, a_thread_id text, a_begins boolean, a_trunk_id text, a_after_hash bytea, a_keeps_expiry boolean, a_life uuid, a_properties json, a_guard bytea, a_version bigint, a_keyframe_version bigint, a_chain_hash bytea, a_user_id text, a_agent text, a_status text, a_message_count bigint, a_created_at timestamptz, a_updated_at timestamptz, a_period bigint, a_expires_at timestamptz, a_expiry_period bigint, a_deleted_at timestamptz, a_due_at timestamptz, a_due_period bigint, a_metadata jsonb, a_metadata_exact bytea, a_terms jsonb, a_at timestamptz, a_commit_id uuid, a_entry_messages integer, a_size integer, a_is_keyframe boolean, a_body_hash bytea, a_rewritten_hash bytea, a_body json, a_sealed_body bytea)
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
        UPDATE "holdfast".threads t SET
    version = a_version, keyframe_version = a_keyframe_version, chain_hash = a_chain_hash, user_id = a_user_id, agent = a_agent, status = a_status, message_count = a_message_count, created_at = a_created_at, updated_at = a_updated_at, period = a_period, deleted_at = a_deleted_at, due_at = a_due_at, due_period = a_due_period, metadata = a_metadata, metadata_exact = a_metadata_exact, terms = a_terms,
    expires_at = CASE WHEN a_keeps_expiry THEN t.expires_at ELSE a_expires_at END, expires_again = CASE WHEN a_keeps_expiry THEN t.expires_again ELSE a_expires_at END, expiry_period = CASE WHEN a_keeps_expiry THEN t.expiry_period ELSE a_expiry_period END

WHERE t.space = a_space AND t.tenant = a_tenant AND t.thread_id = a_thread_id
    AND t.version = a_version - 1 AND t.chain_hash = a_after_hash AND t.number = t.number_again
    AND (SELECT true FROM "holdfast".entries e WHERE e.thread = t.number AND e.version = a_version - 1) RETURNING t.number INTO thread_number;
    ELSE
        INSERT INTO "holdfast".threads AS t (first_version, space, tenant, thread_id, life, properties, guard, version, keyframe_version, chain_hash, user_id, agent, status, message_count, created_at, updated_at, period, deleted_at, due_at, due_period, metadata, metadata_exact, terms, expires_at, expires_again, expiry_period)
        VALUES (a_version, a_space, a_tenant, a_thread_id, a_life, a_properties, a_guard, a_version, a_keyframe_version, a_chain_hash, a_user_id, a_agent, a_status, a_message_count, a_created_at, a_updated_at, a_period, a_deleted_at, a_due_at, a_due_period, a_metadata, a_metadata_exact, a_terms, a_expires_at, a_expires_at, a_expiry_period)
        ON CONFLICT ON CONSTRAINT threads_pkey DO NOTHING
        RETURNING t.number INTO thread_number;
        -- A sequence that was set back (by a restore of tables alone, or a failover that does not replicate sequences) would mix two threads.
        IF EXISTS (SELECT FROM "holdfast".entries e WHERE e.thread = thread_number) THEN
            RAISE unique_violation USING MESSAGE = 'the sequence of threads.number is behind: entries with the number ' || thread_number || ' stand';
        END IF;
        -- Looked for only now, when a rename that stood in the way has been waited for.
        IF thread_number IS NOT NULL AND EXISTS (
            SELECT FROM "holdfast".threads t WHERE t.space = 5 AND t.tenant = a_tenant AND t.thread_id = a_trunk_id) THEN
            DELETE FROM "holdfast".threads t WHERE t.space = a_space AND t.tenant = a_tenant AND t.thread_id = a_thread_id;
            RETURN ARRAY['1', 'trunk', NULL, NULL, NULL, NULL, NULL];
        END IF;
    END IF;

    IF thread_number IS NOT NULL THEN
        IF a_begins THEN
            UPDATE "holdfast".threads t SET number_again = thread_number WHERE t.space = a_space AND t.tenant = a_tenant AND t.thread_id = a_thread_id;
        END IF;
        INSERT INTO "holdfast".entries (thread, version, at, commit_id, message_count, size, is_keyframe, body_hash, rewritten_hash, body, sealed_body) VALUES (thread_number, a_version, a_at, a_commit_id, a_entry_messages, a_size, a_is_keyframe, a_body_hash, a_rewritten_hash, a_body, a_sealed_body);
        RETURN '{}';
    END IF;

    -- A statement of its own sees what was committed while those above waited for the row.
    SELECT ARRAY['1', t.version::text, t.first_version::text, t.life::text, encode(t.chain_hash, 'hex'), e.commit_id::text, n.commit_id::text] INTO answer
    FROM "holdfast".threads t
    LEFT JOIN "holdfast".entries e ON e.thread = t.number AND e.version = a_version
    LEFT JOIN "holdfast".entries n ON n.thread = t.number AND n.version = t.version AND t.number = t.number_again
    WHERE t.space = a_space AND t.tenant = a_tenant AND t.thread_id = a_thread_id;
    RETURN coalesce(answer, ARRAY['1', NULL, NULL, NULL, NULL, NULL, NULL]);
END
$$;

CREATE FUNCTION "holdfast".append_batch_1(a_space smallint[], a_tenant text[], a_thread_id text[], a_begins boolean[], a_trunk_id text[], a_after_hash bytea[], a_keeps_expiry boolean[], a_life uuid[], a_properties json[], a_guard bytea[], a_version bigint[], a_keyframe_version bigint[], a_chain_hash bytea[], a_user_id text[], a_agent text[], a_status text[], a_message_count bigint[], a_created_at timestamptz[], a_updated_at timestamptz[], a_period bigint[], a_expires_at timestamptz[], a_expiry_period bigint[], a_deleted_at timestamptz[], a_due_at timestamptz[], a_due_period bigint[], a_metadata jsonb[], a_metadata_exact bytea[], a_terms jsonb[], a_at timestamptz[], a_commit_id uuid[], a_entry_messages integer[], a_size integer[], a_is_keyframe boolean[], a_body_hash bytea[], a_rewritten_hash bytea[], a_body json[], a_sealed_body bytea[])
-- what append_1 returns for each that was not appended; its place from 1 on comes first
RETURNS text[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
AS $$
DECLARE
    appended integer[]; answer text[]; refused text[] := '{}';
BEGIN
    WITH changed AS (UPDATE "holdfast".threads t SET
    version = a_version[n], keyframe_version = a_keyframe_version[n], chain_hash = a_chain_hash[n], user_id = a_user_id[n], agent = a_agent[n], status = a_status[n], message_count = a_message_count[n], created_at = a_created_at[n], updated_at = a_updated_at[n], period = a_period[n], deleted_at = a_deleted_at[n], due_at = a_due_at[n], due_period = a_due_period[n], metadata = a_metadata[n], metadata_exact = a_metadata_exact[n], terms = a_terms[n],
    expires_at = CASE WHEN a_keeps_expiry[n] THEN t.expires_at ELSE a_expires_at[n] END, expires_again = CASE WHEN a_keeps_expiry[n] THEN t.expires_again ELSE a_expires_at[n] END, expiry_period = CASE WHEN a_keeps_expiry[n] THEN t.expiry_period ELSE a_expiry_period[n] END
FROM generate_series(1, cardinality(a_version)) n
WHERE NOT a_begins[n] AND t.space = a_space[n] AND t.tenant = a_tenant[n] AND t.thread_id = a_thread_id[n]
    AND t.version = a_version[n] - 1 AND t.chain_hash = a_after_hash[n] AND t.number = t.number_again
    AND (SELECT true FROM "holdfast".entries e WHERE e.thread = t.number AND e.version = a_version[n] - 1) RETURNING t.number, n),
    added AS (
        INSERT INTO "holdfast".entries (thread, version, at, commit_id, message_count, size, is_keyframe, body_hash, rewritten_hash, body, sealed_body)
        SELECT number, a_version[n], a_at[n], a_commit_id[n], a_entry_messages[n], a_size[n], a_is_keyframe[n], a_body_hash[n], a_rewritten_hash[n], a_body[n], a_sealed_body[n] FROM changed)
    SELECT coalesce(array_agg(n), '{}') FROM changed INTO appended;

    -- What is new, or in the way of others.
    IF cardinality(appended) < cardinality(a_version) THEN
        FOR i IN 1 .. cardinality(a_version) LOOP
            IF i <> ALL (appended) THEN
                answer := "holdfast".append_1(a_space[i], a_tenant[i], a_thread_id[i], a_begins[i], a_trunk_id[i], a_after_hash[i], a_keeps_expiry[i], a_life[i], a_properties[i], a_guard[i], a_version[i], a_keyframe_version[i], a_chain_hash[i], a_user_id[i], a_agent[i], a_status[i], a_message_count[i], a_created_at[i], a_updated_at[i], a_period[i], a_expires_at[i], a_expiry_period[i], a_deleted_at[i], a_due_at[i], a_due_period[i], a_metadata[i], a_metadata_exact[i], a_terms[i], a_at[i], a_commit_id[i], a_entry_messages[i], a_size[i], a_is_keyframe[i], a_body_hash[i], a_rewritten_hash[i], a_body[i], a_sealed_body[i]);
                IF cardinality(answer) > 0 THEN
                    refused := refused || i::text || answer[2:];
                END IF;
            END IF;
        END LOOP;
    END IF;

    RETURN refused;
END
$$;

INSERT INTO "holdfast".migrations (version, name) VALUES (1, 'threads and entries');

COMMIT;
