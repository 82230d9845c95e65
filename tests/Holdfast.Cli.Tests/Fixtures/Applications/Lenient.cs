namespace Holdfast.Cli.Tests.Fixtures;

/// <summary>Migrations of an application that would open threads of any schema.</summary>
public sealed class Lenient : IStateMigrations
{
    public void AddTo(AgentStateOptions options) => options.AddMigration(1, 2, thread => thread).AcceptAnySchema = true;
}
