namespace Holdfast.Cli.Tests.Fixtures;

/// <summary>Migrations that the tool cannot make, and does not count.</summary>
public sealed class NeedingArguments(int schema) : IStateMigrations
{
    public void AddTo(AgentStateOptions options) => options.AddMigration(1, schema, thread => thread);
}
