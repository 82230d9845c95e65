using System.Text.Json;
using Holdfast.AgentFramework.Worker;
using Holdfast.Chat.Tests.Support;
using Holdfast.Sqlite;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

// One run of an agent in a process of its own. What it keeps between two runs is in a directory: the database, the session as JSON, the last response, and what functions did.
//   <directory> <mode> say <message>      says something
//   <directory> <mode> approve            approves what the last response asks
//   <directory> <mode> approve-fails      the same, with a model that fails once the function has run
var (directory, mode) = (args[0], Enum.Parse<HistoryMode>(args[1]));
string PathOf(string name) => Path.Combine(directory, name);
await using var log = new SqliteCommitLog(new() { DataSource = PathOf("agents.db") });
await using var host = new AgentHost(log, mode, PathOf("journal"));
var session = File.Exists(PathOf("session"))
    ? await host.Agent.DeserializeSessionAsync(JsonElement.Parse(File.ReadAllText(PathOf("session"))))
    : await host.SessionOfAsync("demo");
host.FailsAfterTools = args[2] == "approve-fails";
ChatMessage message = args[2] == "say"
    ? new(ChatRole.User, args[3])
    : new(ChatRole.User, [.. JsonSerializer.Deserialize<List<ChatMessage>>(File.ReadAllText(PathOf("response")), AIJsonUtilities.DefaultOptions)!
        .SelectMany(asked => asked.Contents).OfType<ToolApprovalRequestContent>().Select(request => request.CreateResponse(true))]);
try
{
    var response = await host.RunAsync([message], session);
    File.WriteAllText(PathOf("response"), JsonSerializer.Serialize(response.Messages, AIJsonUtilities.DefaultOptions));
    File.WriteAllText(PathOf("session"), (await host.Agent.SerializeSessionAsync(session)).ToString());
    Console.WriteLine(Transcript.Of(response.Messages));
}
catch (HttpRequestException e)
{
    Console.WriteLine($"failed: {e.Message}");
}
