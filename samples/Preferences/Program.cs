using Holdfast;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;
using Samples;

// What an agent learns about a person in one conversation, it knows in all of theirs, and in nobody else's:
//   dotnet run --project samples/Preferences ann monday "Short answers, please"
//   dotnet run --project samples/Preferences ann friday "How long does an egg take?"
//   dotnet run --project samples/Preferences bob friday "How long does an egg take?"
if (args is not [var user, var chat, .. { Length: > 0 } words])
{
    Console.Error.WriteLine("Usage: Preferences USER CHAT TEXT");
    return 1;
}

IChatClient model = new ScriptedModel(Reply);    // or a real one

#region learn
AIFunction learn = DurableFunction.Create(
    (string topic, string preference, ToolContext tool) =>
    {
        tool.User.Set(topic, preference);
        return "noted";
    },
    new() { Name = "learn", Description = "Notes what the user prefers, by topic, such as 'length' or 'language'." });
#endregion

#region agent
await using var store = new AgentStateStore(await SqliteCommitLog.OpenAsync("preferences.db"));
var mine = store.ForUser(user);    // sees what belongs to this user, and nothing else
IChatClient agent = model.AsBuilder().UseDurableFunctionInvocation().UseHoldfast(mine).Build();

var thread = ThreadId.Of(user, chat);
var session = await mine.OpenAsync(thread);
var response = await agent.GetResponseAsync(string.Join(' ', words), new()
{
    ConversationId = thread.Value,
    Instructions = $"What the user prefers: {session.User.ToJson()}",
    Tools = [learn],
});
Console.WriteLine(response.Text);
#endregion

return 0;

static AIContent Reply(IReadOnlyList<ChatMessage> conversation, ChatOptions options) => conversation[^1] switch
{
    { Role: var role } when role == ChatRole.Tool => ScriptedModel.Say("I will keep that in mind."),
    { Text: ['S', 'h', 'o', 'r', 't', ..] } => ScriptedModel.Call("learn", ("topic", "length"), ("preference", "short")),
    _ when options.Instructions?.Contains("short", StringComparison.Ordinal) is true => ScriptedModel.Say("Eight minutes."),
    _ => ScriptedModel.Say("Put it into boiling water, and take it out after eight minutes for a hard one, or after five for a soft one."),
};
