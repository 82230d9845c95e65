// An agent's state in plain files or in SQLite, compiled ahead of time: no reflection, a small binary that starts at once.
//   aotagent DIRECTORY [NAME]
//   aotagent sqlite:FILE [NAME]
using System.Text.Json.Serialization;
using Holdfast;
using Holdfast.Logs;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;

ICommitLog log = args[0].StartsWith("sqlite:", StringComparison.Ordinal)
    ? new SqliteCommitLog(new() { DataSource = args[0] })
    : new FileCommitLog(new() { Directory = args[0] });
await using var store = new AgentStateStore(log);
await store.UpdateAsync("visits", session =>
{
    var profile = session.Variables.Get("profile", SampleJson.Default.Profile) ?? new(args.ElementAtOrDefault(1) ?? "stranger", 0);
    profile = profile with { Visits = profile.Visits + 1 };
    session.Variables.Set("profile", profile, SampleJson.Default.Profile);
    session.History.Add(ChatRole.User, $"visit {profile.Visits}");
});

var state = await store.LoadAsync("visits");
Console.WriteLine($"{state!.Variables["profile"].GetProperty("name").GetString()}, visit {state.Messages.Count}, version {state.Version}");

internal sealed record Profile(string Name, int Visits);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Profile))]
internal sealed partial class SampleJson : JsonSerializerContext;
