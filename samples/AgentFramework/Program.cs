using AgentFramework;
using Holdfast;
using Holdfast.Sqlite;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

// An agent of Microsoft Agent Framework that remembers, and asks before it pays. Each call is a process of its own:
//   dotnet run --project samples/AgentFramework "My name is John"
//   dotnet run --project samples/AgentFramework "Refund 20"
//   dotnet run --project samples/AgentFramework approve
//   dotnet run --project samples/AgentFramework "What is my name?"
#region agent
await using var store = new AgentStateStore(await SqliteCommitLog.OpenAsync("agent.db"));

AIFunction refund = DurableFunction.Create(
    (decimal amount, ToolContext tool) =>
    {
        Console.WriteLine($"  (pays {amount}, idempotency key {tool.Step.IdempotencyKey[..6]}…)");
        return $"paid {amount}";
    },
    new() { Name = "refund", RequiresApproval = true });

AIAgent agent = new ScriptedModel().AsAIAgent(new ChatClientAgentOptions
{
    Name = "support",
    ChatOptions = new() { Tools = [refund] },
    ChatHistoryProvider = new HoldfastChatHistoryProvider(store),
}).AsBuilder().UseHoldfast(store).Build();
#endregion

#region session
var sessions = new HoldfastAgentSessionStore(store);
var key = new AgentSessionStoreKey("chat-7");
var session = await sessions.GetOrCreateSessionAsync(agent, key);
#endregion

#region run
AgentResponse response;
if (args is ["approve"])
{
    // What waits is known to the store. Whoever approves need not know the session: a web page, or another person.
    await foreach (var waiting in store.Interrupts.ListAsync())
    {
        await store.Interrupts.AnswerAsync(waiting.Id, InterruptAnswer.Accept(by: "ann"));
    }

    response = await agent.RunAsync([], session, Keyed(session.StateBag.GetValue<string>("message")));
}
else
{
    // The same message, delivered twice, is answered once: its id is the key of the turn. The next process knows it, whatever happens to this one.
    var id = Guid.NewGuid().ToString();
    session.StateBag.SetValue("message", id);
    await sessions.SaveSessionAsync(agent, key, session);
    response = await agent.RunAsync([new(ChatRole.User, args is [var text, ..] ? text : "Hello")], session, Keyed(id));
}

await sessions.SaveSessionAsync(agent, key, session);
#endregion

Console.WriteLine(response.Text);
foreach (var request in response.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>())
{
    Console.WriteLine($"May I call {((FunctionCallContent)request.ToolCall).Name}? Run this with 'approve'.");
}

static AgentRunOptions Keyed(string? key) => new() { AdditionalProperties = new() { [PersistentChatClient.KeyProperty] = key } };
