namespace Holdfast.Cli.Tests.Fixtures;

/// <summary>Migrations that cannot be added.</summary>
public sealed class ThrowingMigrations : IStateMigrations
{
    public void AddTo(AgentStateOptions options) => throw new InvalidOperationException("There are no services.");
}
