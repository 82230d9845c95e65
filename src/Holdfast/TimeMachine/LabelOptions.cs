namespace Holdfast;

/// <summary>How a label is set.</summary>
public sealed record LabelOptions
{
    /// <summary>Whether a label of the same name that another version has is moved.</summary>
    /// <value>The default is false: that is a <see cref="LabelExistsException"/>.</value>
    public bool Move { get; init; }

    /// <summary>Who sets it: 1 to 512 bytes of UTF-8 without control characters.</summary>
    /// <value>The default is null: the agent in charge, if one was named.</value>
    public string? By { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(LabelOptions)).Identifier(By, nameof(By));
}
