namespace Holdfast;

/// <summary>The state of a thread was written by a newer build of the application, with a schema that this one does not know. It is neither read nor overwritten.</summary>
public sealed class NewerSchemaException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="found">The schema of the thread.</param>
    /// <param name="known">The newest schema that this build knows.</param>
    public NewerSchemaException(ThreadKey key, int found, int known)
        : base(ErrorCodes.NewerSchema, $"The state of thread '{key}' has schema {found}; this build of the application knows schemas up to {known} (AgentStateOptions.AddMigration). Nothing was changed. Use the newer build.")
        => (Key, Found, Known) = (key, found, known);

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>The schema of the thread.</summary>
    public int Found { get; }

    /// <summary>The newest schema that this build knows.</summary>
    public int Known { get; }
}
