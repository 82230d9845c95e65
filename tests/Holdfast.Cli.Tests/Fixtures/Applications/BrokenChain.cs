namespace Holdfast.Cli.Tests.Fixtures;

/// <summary>Migrations with a gap between them.</summary>
public sealed class BrokenChain : IStateMigrations
{
    public void AddTo(AgentStateOptions options) => options.AddMigration(1, 2, thread => thread).AddMigration(3, 4, thread => thread);
}
