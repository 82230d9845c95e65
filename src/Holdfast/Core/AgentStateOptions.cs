using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The settings of a store.</summary>
public sealed class AgentStateOptions
{
    /// <summary>The largest <see cref="MaxCommitBytes"/>: 1 GiB.</summary>
    public const int LargestCommitBytes = 1 << 30;

    /// <summary>Where the time comes from.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>How long threads live.</summary>
    /// <value>The default is <see cref="ExpiryPolicy.Never"/>.</value>
    public ExpiryPolicy Expiry { get; set; } = ExpiryPolicy.Never;

    /// <summary>How much of a thread stays visible.</summary>
    /// <value>The default keeps everything.</value>
    public VisibilityPolicy Visibility { get; set; } = new();

    /// <summary>The largest commit, in bytes of its JSON: 1,024 to 1,073,741,824.</summary>
    /// <value>The default is 16,777,216 (16 MiB).</value>
    public int MaxCommitBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How often <c>UpdateAsync</c> tries before it gives up on a thread that others keep changing: at least 1.</summary>
    /// <value>The default is 100.</value>
    public int MaxUpdateAttempts { get; set; } = 100;

    /// <summary>The log that <see cref="AgentStateStore.ArchiveAsync"/> moves threads to, and that their earlier versions are read from then. Whoever made it disposes of it.</summary>
    /// <value>The default is null: nothing is moved, and what was cannot be read.</value>
    public ICommitLog? Archive { get; set; }

    /// <summary>How calls to a backend on the network are repeated when they fail.</summary>
    /// <value>The default repeats up to 5 times, within about 3 seconds.</value>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>What opening a damaged thread does. Whatever it is, nothing is thrown away: what is damaged is written to <see cref="QuarantineDirectory"/> first.</summary>
    /// <value>The default is <see cref="OnCorrupt.Throw"/>.</value>
    /// <remarks>It is for opening to write: sessions, updates, saves, turns. A load never changes anything, and tells of the damage.</remarks>
    public OnCorrupt OnCorrupt { get; set; }

    /// <summary>The directory that damaged threads are written to, each to a file of its own. It is made if it is not there.</summary>
    /// <value>The default is null; it must be set unless <see cref="OnCorrupt"/> is <see cref="OnCorrupt.Throw"/>.</value>
    public string? QuarantineDirectory { get; set; }

    /// <summary>Whether threads of any schema are opened as they are, without migrating them: for tools that look after threads and do not know what their state means.</summary>
    /// <value>The default is false.</value>
    public bool AcceptAnySchema { get; set; }

    internal StateMigrations Migrations { get; private set; } = StateMigrations.None;

    /// <summary>How methods without a <c>JsonTypeInfo</c> turn values into JSON and back.</summary>
    /// <value>The default is camelCase, without escaping of non-ASCII text.</value>
    public JsonSerializerOptions Json { get; set; } = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How the store waits for others.</summary>
    internal Backoff Backoff { get; set; } = Backoff.Real;

    /// <summary>Adds how the application's own state is brought from one schema to a later one. Threads begin with schema 1; the highest one that a migration leads to is that of this build.</summary>
    /// <remarks>
    /// <para>
    /// The function gets a document with the sections of a thread (<c>variables</c>, <c>metadata</c>, <c>todos</c>, <c>goals</c>, <c>tools/NAME</c>, and those of the application), each an object key → value, as
    /// docs/format.md describes them, and returns the document as it is to be; it may change and return the one that it got. Messages and records are not in it. It must do the same each time.
    /// </para>
    /// <para>Threads are migrated as they are opened or loaded; what that changes is stored with the next commit. The variables of users and of the application are not migrated.</para>
    /// </remarks>
    /// <param name="from">The schema that it begins with: at least 1.</param>
    /// <param name="to">The schema that it leads to.</param>
    /// <param name="change">The change.</param>
    /// <returns>These options.</returns>
    public AgentStateOptions AddMigration(int from, int to, Func<JsonObject, JsonObject> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Migrations = Migrations.With(from, to, change);
        return this;
    }

    /// <summary>What a thread has to be changed in to have the schema of this build; null if nothing.</summary>
    /// <exception cref="NewerSchemaException">A newer build of the application wrote it.</exception>
    /// <exception cref="StateMigrationException">It cannot be migrated.</exception>
    internal List<MigratedKey>? MigrationOf(ThreadKey key, ThreadState state, DateTimeOffset now) => AcceptAnySchema || key.Space != ThreadSpace.Threads ? null : Migrations.Plan(key, state, now);

    /// <summary>Throws if settings are missing or out of their range.</summary>
    /// <exception cref="StateConfigurationException">The message names each such setting, its value and its range.</exception>
    internal void Validate() => Problems().ThrowAsSettings();

    internal OptionProblems Problems() => new OptionProblems(nameof(AgentStateOptions))
        .Set(TimeProvider, nameof(TimeProvider))
        .Set(Expiry, nameof(Expiry), "ExpiryPolicy.Never is the default.")
        .Set(Visibility, nameof(Visibility), "An empty VisibilityPolicy keeps everything.")
        .Include(Visibility?.Problems(), nameof(Visibility))
        .Range(MaxCommitBytes is >= 1024 and <= LargestCommitBytes, nameof(MaxCommitBytes), "1,024 to 1,073,741,824", MaxCommitBytes)
        .Range(MaxUpdateAttempts >= 1, nameof(MaxUpdateAttempts), "at least 1", MaxUpdateAttempts)
        .Set(Retry, nameof(Retry), "MaxRetries = 0 turns it off.")
        .Include(Retry?.Problems(), nameof(Retry))
        .Range(Enum.IsDefined(OnCorrupt), nameof(OnCorrupt), "Throw, LastGood or Empty", OnCorrupt)
        .Range(OnCorrupt == OnCorrupt.Throw || !string.IsNullOrWhiteSpace(QuarantineDirectory), nameof(QuarantineDirectory), "set, unless OnCorrupt is Throw", QuarantineDirectory)
        .Include(Migrations.Problems())
        .Set(Json, nameof(Json));

    /// <summary>A copy that later changes of this object do not reach.</summary>
    internal AgentStateOptions Snapshot()
    {
        var copy = (AgentStateOptions)MemberwiseClone();
        (copy.Visibility, copy.Retry, copy.Json) = (Visibility.Snapshot(), Retry.Snapshot(), new(Json));
        return copy;
    }
}
