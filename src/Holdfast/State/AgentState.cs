using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>The whole state of a thread at one version: an immutable snapshot.</summary>
/// <remarks>
/// <para>
/// Made by <see cref="AgentStateStore.LoadAsync(ThreadId, ThreadPoint, CancellationToken)"/>, or by hand. Changed copies are made with <c>with</c> and with methods such as
/// <see cref="SetVariable(string, string)"/>; <see cref="AgentStateStore.SaveAsync(ThreadId, AgentState, CancellationToken)"/> stores one.
/// </para>
/// <para>
/// A key that was set for a time is in it if that had not passed when the state was loaded. The state does not know the times: saving it leaves those of values that stay equal,
/// and what it sets otherwise stays.
/// </para>
/// <para>Two states are equal if they have the same content. <see cref="JsonSerializer"/> writes and reads the form of <see cref="ToJson"/>.</para>
/// <para>Safe to share between threads of execution.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
[JsonConverter(typeof(AgentStateJsonConverter))]
public sealed partial record AgentState
{
    private static readonly IReadOnlyDictionary<string, JsonElement> NoValues = JsonValues.None;
    internal static readonly IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> NoSections
        = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>>().AsReadOnly();

    private readonly MessageSnapshot _messages = MessageSnapshot.Empty;

    /// <summary>The thread that the state was read from; null for a state that was made by hand.</summary>
    public string? Thread { get; init; }

    /// <summary>The version that the state was read at; null for a state that was made by hand.</summary>
    /// <remarks>When it is set, <see cref="AgentStateStore.SaveAsync(ThreadId, AgentState, CancellationToken)"/> refuses to save over another version.</remarks>
    public long? Version { get; init; }

    /// <summary>The version together with the life of the thread; null for a state that was made by hand, or if the end of the thread is damaged.</summary>
    /// <remarks>It keeps a state from being saved over another conversation that has reached the same version under the same id. It plays no part in equality.</remarks>
    public ThreadPosition? Position { get; init; }

    /// <summary>Whether the state was loaded without some of its messages or sections, or some of its messages were dropped from the thread; then <see cref="AgentStateStore.SaveAsync(ThreadId, AgentState, CancellationToken)"/> refuses it.</summary>
    public bool IsPartial { get; init; }

    /// <summary>What the agent is doing.</summary>
    public ThreadStatus Status { get; init; }

    /// <summary>The agent in charge.</summary>
    public string? Agent { get; init; }

    /// <summary>The user who owns the thread.</summary>
    public string? UserId { get; init; }

    /// <summary>The visible conversation, oldest message first. Each access returns a new object.</summary>
    /// <exception cref="InvalidStateValueException">On setting: part of a message cannot be JSON.</exception>
    public IReadOnlyList<ChatMessage> Messages
    {
        get => _messages;
        init => _messages = MessageSnapshot.Of(value);
    }

    /// <summary>The variables: <c>state.Variables.Get("name", "Anonymous")</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = NoValues;

    /// <summary>The metadata.</summary>
    public IReadOnlyDictionary<string, JsonElement> Metadata { get; init; } = NoValues;

    /// <summary>The todos, in order. Saving gives a new todo an id, and an order by its position.</summary>
    public IReadOnlyList<TodoItem> Todos { get; init; } = [];

    /// <summary>The goals, in order; <see cref="GoalTree"/> puts them under each other. Saving gives a new goal an id, and an order by its position.</summary>
    public IReadOnlyList<Goal> Goals { get; init; } = [];

    /// <summary>The states of tools: tool → key → value.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> Tools { get; init; } = NoSections;

    /// <summary>Sections that this version of the library has no name for: section → key → value.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> OtherSections { get; init; } = NoSections;

    internal MessageSnapshot Snapshot => _messages;

    internal static AgentState Of(
        ThreadKey key,
        long version,
        ThreadPosition? position,
        ThreadState state,
        IReadOnlyList<StoredMessage> messages,
        LoadOptions options,
        DateTimeOffset now,
        bool hasDropped = false)
    {
        var tools = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>>(StringComparer.Ordinal);
        var others = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>>(StringComparer.Ordinal);
        foreach (var name in state.Sections.Keys.Where(options.Has))
        {
            var isTool = name.StartsWith(SectionNames.ToolPrefix, StringComparison.Ordinal);
            var isOther = !isTool && name is not (SectionNames.Variables or SectionNames.Metadata or SectionNames.Todos or SectionNames.Goals) && !SectionNames.IsReserved(name);
            if ((isTool || isOther) && Values(state, name, now) is { Count: > 0 } values)
            {
                (isTool ? tools : others).Add(isTool ? name[SectionNames.ToolPrefix.Length..] : name, values);
            }
        }

        return new()
        {
            Thread = key.Id.Value,
            Version = version,
            Position = position,
            Status = state.Status,
            Agent = state.Agent,
            UserId = state.UserId,
            Messages = new MessageSnapshot(messages),
            IsPartial = options.IsPartial || hasDropped,
            Variables = options.Has(SectionNames.Variables) ? Values(state, SectionNames.Variables, now) : NoValues,
            Metadata = options.Has(SectionNames.Metadata) ? Values(state, SectionNames.Metadata, now) : NoValues,
            Todos = options.Has(SectionNames.Todos) ? [.. TodoCodec.ReadAll(state)] : [],
            Goals = options.Has(SectionNames.Goals) ? [.. GoalCodec.ReadAll(state)] : [],
            Tools = tools.AsReadOnly(),
            OtherSections = others.AsReadOnly(),
        };
    }

    /// <summary>Every section as key → JSON text, by its stored name.</summary>
    internal IEnumerable<(string Section, IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> Values)> Sections()
    {
        yield return (SectionNames.Variables, Raw(SectionNames.Variables, Variables));
        yield return (SectionNames.Metadata, Raw(SectionNames.Metadata, Metadata));
        yield return (SectionNames.Todos, Todos.Select(todo => KeyValuePair.Create(Utf8Json.CheckKey(todo.Id, SectionNames.Todos), (ReadOnlyMemory<byte>)TodoCodec.Write(todo))));
        yield return (SectionNames.Goals, Goals.Select(goal => KeyValuePair.Create(CheckIds(goal).Id, (ReadOnlyMemory<byte>)GoalCodec.Write(goal))));
        foreach (var (tool, values) in Tools)
        {
            yield return (SectionNames.OfTool(Identifiers.Check(tool, "name of a tool")), Raw(SectionNames.OfTool(tool), values));
        }

        foreach (var (section, values) in OtherSections)
        {
            yield return (Identifiers.Check(section, "name of a section"), Raw(section, values));
        }
    }

    private static Goal CheckIds(Goal goal)
    {
        GoalRules.CheckIds(goal);
        return goal;
    }

    private static IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> Raw(string section, IReadOnlyDictionary<string, JsonElement> values)
        => values.Select(value => KeyValuePair.Create(Utf8Json.CheckKey(value.Key, section), (ReadOnlyMemory<byte>)Utf8Json.Raw(value.Value, $"{section}/{value.Key}")));

    private static IReadOnlyDictionary<string, JsonElement> Values(ThreadState state, string section, DateTimeOffset now)
        => state.Find(section)?.Where(pair => !KeyTime.IsGone(state, section, pair.Key, now))
            .ToDictionary(pair => pair.Key, pair => Utf8Json.Parse(pair.Value), StringComparer.Ordinal).AsReadOnly() ?? NoValues;
}
