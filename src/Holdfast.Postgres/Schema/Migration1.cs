namespace Holdfast.Postgres.Schema;

/// <summary>The first schema.</summary>
internal static class Migration1
{
    // - Ids compare as bytes, whatever the collation of the database.
    // - threads.number is what entries refer to: narrow, and never used again when a thread was erased and begun anew. It needs no index: every
    //   access comes by tenant and id. A foreign key would cost a lookup and a lock for each append and protect from nothing: one statement writes both.
    // - Each append updates its thread's row, and with updated_at all of its indexes: each one here is needed by a filter of the listing, and those for
    //   what few threads have are partial.
    // - body is json and not jsonb, because json keeps the text byte for byte. What is not plain JSON is in sealed_body, which is not compressed again.
    // - metadata is what can be searched; metadata_exact has the original where jsonb cannot hold it (NUL, halves of surrogate pairs).
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

        CREATE INDEX threads_by_update ON {schema}.threads (tenant, updated_at DESC, thread_id);
        CREATE INDEX threads_by_update_of_all ON {schema}.threads (updated_at DESC, tenant, thread_id);
        CREATE INDEX threads_by_user ON {schema}.threads (user_id, tenant, updated_at DESC, thread_id) WHERE user_id IS NOT NULL;
        CREATE INDEX threads_by_agent ON {schema}.threads (agent, tenant, updated_at DESC, thread_id) WHERE agent IS NOT NULL;
        CREATE INDEX threads_by_status ON {schema}.threads (status, tenant, updated_at DESC, thread_id);
        CREATE INDEX threads_by_expiry ON {schema}.threads (expires_at) WHERE expires_at IS NOT NULL;
        CREATE INDEX threads_deleted ON {schema}.threads (tenant, updated_at DESC, thread_id) WHERE deleted_at IS NOT NULL;
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
        """;
}
