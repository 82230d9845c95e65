namespace Holdfast.Cli.Tests.Fixtures;

/// <summary>Migrations that cannot be made.</summary>
public sealed class ThrowingConstructor : IStateMigrations
{
    public ThrowingConstructor() => throw new InvalidOperationException("There is no configuration.");

    public void AddTo(AgentStateOptions options)
    {
    }
}
