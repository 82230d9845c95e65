namespace Holdfast;

/// <summary>Another version of the thread has the label, and it was not asked to be moved. Nothing was written.</summary>
public sealed class LabelExistsException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="label">The label.</param>
    /// <param name="version">The version that has it.</param>
    public LabelExistsException(ThreadKey key, string label, long version)
        : base(ErrorCodes.LabelExists, $"Thread '{key}' has the label '{label}' at version {version} already. To move it, set LabelOptions.Move.")
    {
        Key = key;
        Label = label;
        Version = version;
    }

    /// <summary>The thread.</summary>
    public ThreadKey Key { get; }

    /// <summary>The label.</summary>
    public string Label { get; }

    /// <summary>The version that has it.</summary>
    public long Version { get; }
}
