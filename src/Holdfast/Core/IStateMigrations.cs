namespace Holdfast;

/// <summary>The migrations of an application, in a class that the application and the <c>holdfast</c> tool both use.</summary>
/// <remarks>
/// <para>
/// The application adds them to the settings of its store, as in <c>holdfast.Configure(new ShopMigrations().AddTo)</c>. <c>holdfast check --assembly</c> and <c>holdfast migrate-state --assembly</c> load its assembly and
/// make an instance themselves: for them the class is public and has a public constructor without parameters.
/// </para>
/// <para>The tool runs none of the application's other code: no host, no services, no configuration. What the migrations need they have to bring along.</para>
/// </remarks>
public interface IStateMigrations
{
    /// <summary>Adds the migrations to the settings of a store, each with <see cref="AgentStateOptions.AddMigration"/>.</summary>
    /// <param name="options">The settings. What else is changed there holds for the store that they are of.</param>
    void AddTo(AgentStateOptions options);
}
