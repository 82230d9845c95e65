using Holdfast;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;
using Samples;

// An agent that remembers what it was told. Each call is a process of its own:
//   dotnet run --project samples/RememberMe "My name is John"
//   dotnet run --project samples/RememberMe "What is my name?"
IChatClient model = new ScriptedModel(Reply);    // or a real one

#region agent
await using var store = new AgentStateStore(await SqliteCommitLog.OpenAsync("remember-me.db"));
IChatClient agent = model.WithState(store);

var text = args.Length > 0 ? string.Join(' ', args) : "Hello";
var response = await agent.GetResponseAsync(text, new() { ConversationId = "john/chat" });
Console.WriteLine(response.Text);
#endregion

// A model is sent the whole conversation, of which this process knows one message.
static AIContent Reply(IReadOnlyList<ChatMessage> conversation, ChatOptions options)
{
    const string Introduction = "My name is ";
    var name = conversation.LastOrDefault(message => message.Role == ChatRole.User && message.Text.StartsWith(Introduction, StringComparison.Ordinal))?.Text[Introduction.Length..];
    return ScriptedModel.Say(conversation[^1].Text switch
    {
        _ when name is null => "Hello! What is your name?",
        "What is my name?" => $"Your name is {name}.",
        _ => $"Hello, {name}!",
    });
}
