namespace Holdfast.Postgres.Schema;

/// <summary>The first schema.</summary>
internal static class Migration1
{
    // - Ids compare as bytes, whatever the collation of the database.
    // - threads.number is what entries and pins refer to: narrow, kept when a thread is renamed, and never used again when it was erased. It needs no index: every
    //   access comes by space, tenant and id. A foreign key would cost a lookup and a lock for each append and protect from nothing: one function writes both.
    // - Each append updates its thread's row. The server leaves the indexes alone as long as no indexed column changes its value and the page has room for
    //   one more version of the row (a "heap-only tuple"). So no index has an instant that changes with each append: they have its period (Instants.Period),
    //   and the instant orders within that. Indexes for what few threads have are partial.
    // - POSIX orders as C does, and is another collation all the same: so only the primary key can serve what asks for one thread. Of a table of which it
    //   knows nothing yet, the server takes every index for equally good, and one that begins with the tenant would read all of the tenant's threads. For the same
    //   reason no index of all threads begins with the space.
    // - body is json and not jsonb, because json keeps the text byte for byte. What is not plain JSON is in sealed_body, which is not compressed again. One of the two is
    //   null; no constraint says so, because the server would compile it anew for each append.
    // - metadata is what can be searched; metadata_exact has the original where jsonb cannot hold it (NUL, halves of surrogate pairs). Nothing searches properties.
    // - guard is a hash of what no commit tells: see RowGuards. What is written without it, and no commit tells, stands twice: expires_at, heartbeat, and
    //   number, by which a changed one would lead to the entries of another thread.
    public static readonly string Sql = Tables + AppendFunctions.One + AppendFunctions.Batch;

    private const string Tables =
        """
        CREATE TABLE {schema}.threads (
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

        CREATE INDEX threads_by_update ON {schema}.threads (tenant COLLATE "POSIX", space, period DESC);
        CREATE INDEX threads_by_update_of_all ON {schema}.threads (period DESC, space, tenant COLLATE "POSIX");
        CREATE INDEX threads_by_user ON {schema}.threads (user_id, space, tenant COLLATE "POSIX", period DESC) WHERE user_id IS NOT NULL;
        CREATE INDEX threads_by_agent ON {schema}.threads (agent, space, tenant COLLATE "POSIX", period DESC) WHERE agent IS NOT NULL;
        CREATE INDEX threads_by_status ON {schema}.threads (status, space, tenant COLLATE "POSIX", period DESC);
        CREATE INDEX threads_by_expiry ON {schema}.threads (space, expiry_period) WHERE expiry_period IS NOT NULL;
        CREATE INDEX threads_due ON {schema}.threads (space, tenant COLLATE "POSIX", due_period) WHERE due_period IS NOT NULL;
        CREATE INDEX threads_due_of_all ON {schema}.threads (space, due_period) WHERE due_period IS NOT NULL;
        CREATE INDEX threads_deleted ON {schema}.threads (space, tenant COLLATE "POSIX", period DESC) WHERE deleted_at IS NOT NULL;
        CREATE INDEX threads_by_metadata ON {schema}.threads USING gin (metadata jsonb_path_ops) WHERE metadata IS NOT NULL;
        CREATE INDEX threads_by_term ON {schema}.threads USING gin (terms jsonb_path_ops) WHERE terms IS NOT NULL;

        CREATE TABLE {schema}.entries (
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

        ALTER TABLE {schema}.entries ALTER COLUMN sealed_body SET STORAGE EXTERNAL;

        CREATE TABLE {schema}.pins (
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


        """;
}
