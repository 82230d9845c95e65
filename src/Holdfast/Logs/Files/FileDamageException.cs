namespace Holdfast.Logs;

/// <summary>A file is not what this log wrote. It becomes a <see cref="CorruptStateException"/> once it is confirmed under the lock.</summary>
internal sealed class FileDamageException(long version, string what, Exception? innerException = null) : Exception(what, innerException)
{
    public long Version { get; } = version;

    /// <summary>Whether only what was known before tells that something is missing: the file itself looks whole.</summary>
    public bool IsCut { get; init; }
}
