using System.Text.Json.Nodes;
using Holdfast.Cli.App.Names;

namespace Holdfast.Cli.App;

/// <summary>Splits the names of customers with a library of the application.</summary>
public sealed class CustomerMigrations : IStateMigrations
{
    public void AddTo(AgentStateOptions options)
    {
        // What the code of an application prints is no part of the tool's answer.
        Console.WriteLine("The application adds its migrations.");
        options.AddMigration(1, 2, SplitName);
    }

    private static JsonObject SplitName(JsonObject thread)
    {
        if (thread["variables"] is JsonObject variables && variables["name"] is { } name)
        {
            (variables["first"], variables["last"]) = FullName.Split(name.GetValue<string>());
            variables.Remove("name");
        }

        return thread;
    }
}
