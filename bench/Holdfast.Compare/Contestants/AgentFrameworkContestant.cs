using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast.Compare.Contestants;

/// <summary>
/// Microsoft Agent Framework: an agent whose session has the history in memory. After each turn the session is serialized and written, as its documentation shows.
/// The session stays in memory between turns, so that a turn reads nothing; the variables are in the session's state bag.
/// </summary>
internal sealed class AgentFrameworkContestant(IBlobPlace place) : Contestant
{
    private const string VariablesKey = "variables";

    private readonly ConcurrentDictionary<string, AgentSession> _sessions = [];
    private readonly ChatClientAgent _agent = MakeAgent();

    public override string Version => $"{PackageVersion.Of<ChatClientAgent>("Microsoft.Agents.AI")}, {place.Version}";

    public override bool Blocks => place.Blocks;

    public override async Task<bool> SeedAsync(string thread, int count)
    {
        var session = _sessions[thread] = await _agent.CreateSessionAsync();
        HistoryOf(_agent).SetMessages(session, [.. Turn.Messages(thread, count).Select(message => ToChat(message))]);
        await SaveAsync(place, _agent, thread, session);
        return true;
    }

    public override async Task AppendAsync(string thread, Turn turn)
    {
        if (!_sessions.TryGetValue(thread, out var session))
        {
            session = _sessions[thread] = await _agent.CreateSessionAsync();
        }

        await RunAsync(_agent, session, turn, TimeSpan.Zero);
        await SaveAsync(place, _agent, thread, session);
    }

    public override async Task<Stored> ReadAsync(string thread, int messages)
    {
        await using var another = await place.OpenAnotherAsync();
        var agent = MakeAgent();
        var session = await LoadAsync(another, agent, thread);
        return new(
            [.. HistoryOf(agent).GetMessages(session).TakeLast(messages).Select(message => message.Text)],
            VariablesOf(session).ToDictionary(pair => pair.Key, pair => JsonSerializer.Serialize(pair.Value, JsonSerializerOptions.Web)));
    }

    public override async Task<int> RaceAsync(string thread, Turn turn)
    {
        await using var another = await place.OpenAnotherAsync();
        var agent = MakeAgent();
        var session = await LoadAsync(another, agent, thread);
        await RunAsync(agent, session, turn, ModelTime);
        await SaveAsync(another, agent, thread, session);
        return 0;
    }

    public override ValueTask DisposeAsync() => place.DisposeAsync();

    private static ChatClientAgent MakeAgent() => new(new ScriptedModel(), new ChatClientAgentOptions { ChatHistoryProvider = new InMemoryChatHistoryProvider() });

    private static InMemoryChatHistoryProvider HistoryOf(ChatClientAgent agent)
        => agent.GetService<InMemoryChatHistoryProvider>() ?? throw new InvalidOperationException("The agent has no history in memory.");

    private static async Task RunAsync(ChatClientAgent agent, AgentSession session, Turn turn, TimeSpan modelTime)
    {
        await agent.RunAsync(ToChat(turn.User), session, ScriptedModel.Answering(ToChat(turn.Assistant), modelTime));
        var variables = VariablesOf(session);
        foreach (var (name, value) in turn.Variables)
        {
            variables[name] = value;
        }

        session.StateBag.SetValue(VariablesKey, variables, JsonSerializerOptions.Web);
    }

    private static Dictionary<string, object> VariablesOf(AgentSession session)
        => session.StateBag.GetValue<Dictionary<string, object>>(VariablesKey, JsonSerializerOptions.Web) ?? [];

    private static async Task<AgentSession> LoadAsync(IBlobPlace place, ChatClientAgent agent, string thread)
        => await place.ReadAsync(thread) is { } json ? await agent.DeserializeSessionAsync(JsonElement.Parse(json)) : await agent.CreateSessionAsync();

    private static async Task SaveAsync(IBlobPlace place, ChatClientAgent agent, string thread, AgentSession session)
        => await place.WriteAsync(thread, JsonSerializer.SerializeToUtf8Bytes(await agent.SerializeSessionAsync(session)));

    private static ChatMessage ToChat(Message message) => new(message.Role == "user" ? ChatRole.User : ChatRole.Assistant, message.Text) { MessageId = message.Id };
}
