using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast;

/// <summary>How the state of threads is brought from the schema that it was written with to that of this build.</summary>
/// <remarks>Immutable. A document has the sections of a thread, section → key → value, but for those of the engine and for messages.</remarks>
internal sealed class StateMigrations
{
    /// <summary>The schema of threads that say nothing.</summary>
    public const int First = 1;

    public static readonly StateMigrations None = new([]);

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyList<(int From, int To, Func<JsonObject, JsonObject> Change)> _steps;

    private StateMigrations(IReadOnlyList<(int From, int To, Func<JsonObject, JsonObject> Change)> steps) => _steps = steps;

    /// <summary>The schema of this build.</summary>
    public int Version => _steps.Count == 0 ? First : _steps.Max(step => step.To);

    public StateMigrations With(int from, int to, Func<JsonObject, JsonObject> change) => new([.. _steps, (from, to, change)]);

    public OptionProblems Problems()
    {
        var problems = new OptionProblems(nameof(AgentStateOptions));
        foreach (var (from, to, _) in _steps)
        {
            problems.Expect(from >= First && to > from, $"AgentStateOptions.AddMigration must lead from a schema of at least 1 to a higher one; one leads from {from} to {to}.")
                .Expect(_steps.Count(other => other.From == from) == 1, $"AgentStateOptions.AddMigration was called twice from schema {from}.")
                .Expect(to == Version || _steps.Any(other => other.From == to), $"AgentStateOptions.AddMigration leads to schema {to}, and none leads on from there to {Version}.");
        }

        return problems;
    }

    /// <summary>What has to be changed in a state.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="state">Its state.</param>
    /// <param name="now">The time: a key whose time has passed is gone for migrations too.</param>
    /// <returns>The keys with their new values, null for those that go; null if the state has the schema of this build.</returns>
    /// <exception cref="NewerSchemaException">A newer build of the application wrote the thread.</exception>
    /// <exception cref="StateMigrationException">There is no way from the schema of the thread, or a migration failed.</exception>
    public List<MigratedKey>? Plan(ThreadKey key, ThreadState state, DateTimeOffset now)
    {
        if (state.Schema > Version)
        {
            throw new NewerSchemaException(key, state.Schema, Version);
        }

        if (state.Schema == Version)
        {
            return null;
        }

        var before = DocumentOf(state, now);
        var after = (JsonObject)before.DeepClone();
        for (var schema = state.Schema; schema < Version;)
        {
            var (_, to, change) = _steps.FirstOrDefault(step => step.From == schema);
            if (change is null)
            {
                throw new StateMigrationException(key, schema, Version, "no migration begins with this schema.");
            }

            after = Run(key, schema, to, after, change);
            schema = to;
        }

        return Differences(key, state, before, after, now);
    }

    private static JsonObject Run(ThreadKey key, int from, int to, JsonObject document, Func<JsonObject, JsonObject> change)
    {
        try
        {
            return change(document) ?? throw new InvalidOperationException("The migration returned nothing.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new StateMigrationException(key, from, to, e.Message, e);
        }
    }

    private static JsonObject DocumentOf(ThreadState state, DateTimeOffset now)
    {
        var document = new JsonObject();
        foreach (var (name, section) in state.Sections.Where(section => section.Value.Count > 0 && !SectionNames.IsReserved(section.Key)))
        {
            var keys = new JsonObject();
            foreach (var (key, value) in section.Where(pair => !KeyTime.IsGone(state, name, pair.Key, now)))
            {
                keys[key] = JsonNode.Parse(value.Span);
            }

            document[name] = keys;
        }

        return document;
    }

    private List<MigratedKey> Differences(ThreadKey key, ThreadState state, JsonObject before, JsonObject after, DateTimeOffset now)
    {
        var changes = new List<MigratedKey>();
        foreach (var (section, node) in after)
        {
            if (node is not JsonObject keys || SectionNames.IsReserved(section) || section.Length == 0)
            {
                throw new StateMigrationException(key, state.Schema, Version, $"the section '{section}' of the result is no object, or has a name that is kept for internal use.");
            }

            var old = before[section]?.AsObject();
            foreach (var (name, value) in keys)
            {
                if (old is null || !old.TryGetPropertyValue(name, out var was) || !JsonNode.DeepEquals(was, value))
                {
                    changes.Add(new(section, name, Text(key, section, name, value)));
                    if (KeyTime.IsGone(state, section, name, now))
                    {
                        // What is there anew does not go with what is gone.
                        changes.Add(new(SectionNames.Expires, KeyTime.PathOf(section, name), null));
                    }
                }
            }
        }

        foreach (var (section, keys) in before)
        {
            var left = after[section]?.AsObject();
            changes.AddRange(((JsonObject)keys!).Where(pair => left?.ContainsKey(pair.Key) is not true).Select(pair => new MigratedKey(section, pair.Key, null)));
        }

        return changes;
    }

    private ReadOnlyMemory<byte> Text(ThreadKey thread, string section, string key, JsonNode? value)
    {
        try
        {
            Utf8Json.CheckKey(key, section);
            var text = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(text, Compact))
            {
                if (value is null)
                {
                    writer.WriteNullValue();
                }
                else
                {
                    value.WriteTo(writer);
                }
            }

            Utf8Json.CheckDepth(text.WrittenSpan, new(section, key));
            return text.WrittenMemory;
        }
        catch (Exception e) when (e is AgentStateException or InvalidOperationException or NotSupportedException or ArgumentException or JsonException)
        {
            throw new StateMigrationException(thread, First, Version, e.Message, e);
        }
    }
}
