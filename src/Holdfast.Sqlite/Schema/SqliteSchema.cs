using System.Globalization;
using Holdfast.Sqlite.Connecting;

namespace Holdfast.Sqlite.Schema;

/// <summary>The tables of a log, and how older ones become the current ones.</summary>
/// <remarks>The file says whose it is (<c>application_id</c>) and which version of the schema it has (<c>user_version</c>).</remarks>
internal static class SqliteSchema
{
    /// <summary>"Hold" in ASCII.</summary>
    private const long ApplicationId = 0x486F6C64;

    /// <summary>Each makes one version of the schema out of the one before. What was released is never changed.</summary>
    private static readonly string[] Migrations = [Version1];

    // What an append costs is the pages that it writes. An entry's sequence only counts up, so that entries of all threads fill pages one after the
    // other, and an append that changes nothing else of the head writes the page of its entry alone: the entry has the columns of the head that every
    // append changes. `versions` and `threads` learn of the entries of many appends together (see RecentEntry), so `threads` can be some entries behind.
    // No index has the time of the last update: the one that lists by it has the period (see Instants.Period), which is seldom another. How listings do
    // with that is said in HeadListing.
    //
    // With a sequence made of thread number and version, every append of a batch dirtied a page of its own, and pages of many threads were half empty.
    //
    // The small columns of an entry come before its body, so that they are read without it.
    //
    // Pages have no checksums. `key` is a hash of space, tenant and id: the index on it is the second one that has to know nothing of a thread that is not
    // there (see ThreadLookup). `guard`, `mark` and `upkeep` are hashes over the columns (see RowGuards); a head whose mark is NULL was found damaged when
    // it was settled. The columns from `first_version` to `lowest_pin` are those of maintenance: an append names them only when it begins a thread.
    //
    // The due time comes before the tenant in its index, so that both the listing of one tenant and the one of all follow it and stop at the page's end.
    //
    // Thread numbers are never used again (AUTOINCREMENT), so that a reader who goes through a thread in chunks cannot meet another life of it. What belongs
    // to a thread hangs on its number, so that a thread is renamed by its row (and its terms).
    private const string Version1 =
        """
        CREATE TABLE threads (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            space INTEGER NOT NULL,
            tenant TEXT NOT NULL,
            id TEXT NOT NULL,
            life BLOB NOT NULL,
            version INTEGER NOT NULL,
            keyframe INTEGER NOT NULL,
            chain BLOB NOT NULL,
            messages INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            period INTEGER NOT NULL,
            user TEXT,
            agent TEXT,
            status TEXT NOT NULL,
            metadata TEXT,
            terms TEXT,
            due INTEGER,
            created INTEGER NOT NULL,
            expires INTEGER,
            deleted INTEGER,
            first_version INTEGER NOT NULL,
            properties TEXT,
            revision INTEGER NOT NULL,
            heartbeat INTEGER NOT NULL,
            pins INTEGER NOT NULL,
            lowest_pin INTEGER,
            key INTEGER NOT NULL,
            guard INTEGER NOT NULL,
            upkeep INTEGER NOT NULL,
            mark INTEGER
        );
        CREATE UNIQUE INDEX threads_by_id ON threads (space, tenant, id);
        CREATE INDEX threads_by_key ON threads (key);
        CREATE INDEX threads_by_update ON threads (space, tenant, period DESC);
        CREATE INDEX threads_by_user ON threads (user, space, tenant) WHERE user IS NOT NULL;
        CREATE INDEX threads_by_agent ON threads (agent, space, tenant) WHERE agent IS NOT NULL;
        CREATE INDEX threads_by_status ON threads (status, space, tenant);
        CREATE INDEX threads_by_due ON threads (space, due, tenant, id) WHERE due IS NOT NULL;
        CREATE INDEX threads_by_expiry ON threads (expires) WHERE expires IS NOT NULL;
        CREATE INDEX threads_by_deletion ON threads (deleted) WHERE deleted IS NOT NULL;

        CREATE TABLE terms (
            name TEXT NOT NULL,
            term TEXT NOT NULL,
            space INTEGER NOT NULL,
            tenant TEXT NOT NULL,
            thread INTEGER NOT NULL,
            PRIMARY KEY (name, term, space, tenant, thread)
        ) WITHOUT ROWID;

        CREATE TABLE pins (
            thread INTEGER NOT NULL,
            life BLOB NOT NULL,
            pin TEXT NOT NULL,
            guard INTEGER NOT NULL,
            PRIMARY KEY (thread, life)
        ) WITHOUT ROWID;

        CREATE TABLE entries (
            sequence INTEGER PRIMARY KEY,
            thread INTEGER NOT NULL,
            owner INTEGER NOT NULL,
            place INTEGER NOT NULL,
            version INTEGER NOT NULL,
            commit_id BLOB NOT NULL,
            at INTEGER NOT NULL,
            messages INTEGER NOT NULL,
            keyframe INTEGER NOT NULL,
            rewritten BLOB,
            hash BLOB NOT NULL,
            chain BLOB NOT NULL,
            keyframe_version INTEGER NOT NULL,
            message_count INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            mark INTEGER NOT NULL,
            body NOT NULL
        );
        CREATE TABLE versions (
            thread INTEGER NOT NULL,
            version INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (thread, version)
        ) WITHOUT ROWID;
        """;

    public static int CurrentVersion => Migrations.Length;

    /// <summary>Looks at a file without changing it.</summary>
    /// <exception cref="UnknownFormatException">A newer Holdfast made it.</exception>
    /// <exception cref="StateConfigurationException">It belongs to another application.</exception>
    public static SchemaState Inspect(Connection connection, string path)
    {
        var application = connection.QueryInt64("PRAGMA application_id");
        var version = connection.QueryInt64("PRAGMA user_version");
        if (application == 0 && version == 0 && connection.QueryInt64("SELECT count(*) FROM sqlite_master") == 0)
        {
            return SchemaState.Empty;
        }

        if (application != ApplicationId)
        {
            throw new StateConfigurationException(
                $"The database file '{path}' belongs to another application (application_id {application}, not {ApplicationId}). Give Holdfast a file of its own.");
        }

        return version > CurrentVersion ? throw new UnknownFormatException($"The database file '{path}'", version, CurrentVersion)
            : version < CurrentVersion ? SchemaState.Outdated
            : SchemaState.Current;
    }

    /// <summary>Brings the schema up to date, within the caller's transaction.</summary>
    public static void Apply(Connection connection, string path)
    {
        var version = Inspect(connection, path) == SchemaState.Empty ? 0 : connection.QueryInt64("PRAGMA user_version");
        foreach (var migration in Migrations.Skip((int)version))
        {
            connection.Execute(migration);
        }

        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {CurrentVersion}"));
    }
}
