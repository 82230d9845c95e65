using Holdfast;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;
using Samples;

// Two agents, one conversation: who is in charge is part of its state. Each call is a process of its own:
//   dotnet run --project samples/HandOff "Hello"
//   dotnet run --project samples/HandOff "I was charged twice"     triage hands over to billing, which replies
//   dotnet run --project samples/HandOff "Thank you"               billing is still in charge
IChatClient model = new ScriptedModel(Reply);    // or a real one

#region agents
var agents = new Dictionary<string, ChatOptions>
{
    ["triage"] = new()
    {
        Instructions = "You are triage. Find out what the customer wants, and hand over what is about money.",
        Tools = [DurableFunction.ForHandOff("billing")],
    },
    ["billing"] = new()
    {
        Instructions = "You are billing. Refund what was charged twice.",
        Tools = [DurableFunction.ForHandOff("triage")],
    },
};
#endregion

#region turn
await using var store = new AgentStateStore(await SqliteCommitLog.OpenAsync("hand-off.db"));
await using var turn = await store.Thread("support/7").BeginTurnAsync(args.Length > 0 ? string.Join(' ', args) : "Hello");
string? agent = null;
while (agent != (turn.Session.Agent ?? "triage"))
{
    // Whoever is in charge replies. A hand-off ends that reply, and the next one is asked of the other agent.
    agent = turn.Session.Agent ??= "triage";
    await turn.ReplyAsync(model, agents[agent]);
}

await turn.CompleteAsync();
Console.WriteLine($"{agent}: {turn.Reply[^1].Text}");
#endregion

#region log
await foreach (var decision in store.Thread("support/7").DecisionsAsync())
{
    Console.WriteLine($"  ({decision.Text}: {decision.Reason})");
}
#endregion

static AIContent Reply(IReadOnlyList<ChatMessage> conversation, ChatOptions options)
{
    var isTriage = options.Instructions?.StartsWith("You are triage", StringComparison.Ordinal) is true;
    var text = conversation.Last(message => message.Role == ChatRole.User).Text;
    return (isTriage, text.Contains("charged", StringComparison.Ordinal)) switch
    {
        (true, true) => ScriptedModel.Call(((AIFunction)options.Tools![0]).Name, ("reason", "it is about money")),
        (true, false) => ScriptedModel.Say("What is it about?"),
        (false, true) => ScriptedModel.Say("I am sorry. You get it back."),
        (false, false) => ScriptedModel.Say("You are welcome."),
    };
}
