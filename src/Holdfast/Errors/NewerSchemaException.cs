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

    private NewerSchemaException(ThreadKey key, int found, ThreadKey other, int known)
        : base(
            ErrorCodes.NewerSchema,
            (key == other
                ? $"Thread '{key}' went from schema {known} to {found} in what is to be taken from it"
                : $"What is to be taken has schema {found} in thread '{key}' and schema {known} in thread '{other}'")
            + "; a store with AgentStateOptions.AcceptAnySchema cannot migrate it. Nothing was changed. Do it with a build of the application.")
        => (Key, Found, Known) = (key, found, known);

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>The schema of the thread.</summary>
    public int Found { get; }

    /// <summary>The newest schema that this build knows.</summary>
    public int Known { get; }

    /// <summary>Refuses to bring values of two schemas together: nobody here knows what one of them is in the other.</summary>
    internal static void RefuseUnlessSame(ThreadKey one, int schema, ThreadKey other, int otherSchema)
    {
        if (schema != otherSchema)
        {
            throw schema > otherSchema ? new NewerSchemaException(one, schema, other, otherSchema) : new NewerSchemaException(other, otherSchema, one, schema);
        }
    }
}
