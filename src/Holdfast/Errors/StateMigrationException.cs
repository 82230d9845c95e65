namespace Holdfast;

/// <summary>The state of a thread could not be brought to the schema of this build of the application. Nothing was changed.</summary>
public sealed class StateMigrationException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="from">The schema that the migration begins with.</param>
    /// <param name="to">The schema that it leads to.</param>
    /// <param name="what">What went wrong.</param>
    /// <param name="innerException">What the migration threw.</param>
    public StateMigrationException(ThreadKey key, int from, int to, string what, Exception? innerException = null)
        : base(ErrorCodes.MigrationFailed, $"The state of thread '{key}' cannot be migrated from schema {from} to {to}: {what} Nothing was changed.", innerException)
        => (Key, From, To) = (key, from, to);

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>The schema that the migration begins with.</summary>
    public int From { get; }

    /// <summary>The schema that it leads to.</summary>
    public int To { get; }
}
