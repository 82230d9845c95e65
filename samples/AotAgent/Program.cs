// An agent's state in plain files, compiled ahead of time: no reflection, a small binary that starts at once.
//   aotagent DIRECTORY [NAME]
using System.Text.Json.Serialization;
using Holdfast;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

await using var store = new AgentStateStore(new FileCommitLog(new() { Directory = args[0] }));
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
