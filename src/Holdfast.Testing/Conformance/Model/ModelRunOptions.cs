namespace Holdfast.Testing;

/// <summary>How a <see cref="ModelRunner"/> runs.</summary>
public sealed class ModelRunOptions
{
    /// <summary>How many random sequences are run.</summary>
    /// <value>The default is 60.</value>
    public int Sequences { get; set; } = 60;

    /// <summary>About how many operations the longest sequences have.</summary>
    /// <value>The default is 60.</value>
    public int LongestSequence { get; set; } = 60;

    /// <summary>The seed from the message of a failure, which runs that sequence first; null for a new one.</summary>
    /// <value>The default is null.</value>
    public string? Seed { get; set; }
}
