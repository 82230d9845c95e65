namespace Holdfast;

/// <summary>Stored data could not be decrypted: the key is missing or wrong, or the data was changed.</summary>
public sealed class StateDecryptionException : AgentStateException
{
    /// <summary>Makes the error for an entry of a thread.</summary>
    public StateDecryptionException(ThreadKey key, long version, string what, Exception? innerException = null)
        : base(ErrorCodes.DecryptionFailed, $"Version {version} of thread '{key}' cannot be decrypted: {what}", innerException)
    {
        Key = key;
        Version = version;
    }

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>The version of the entry.</summary>
    public long Version { get; }
}
