namespace Holdfast;

/// <summary>What is likely not meant about how a store is set up: it works, but loses, keeps or shows more than one would expect.</summary>
/// <param name="Code">What it is about, one of <see cref="AdviceCodes"/> or a code of your own: lower case, with hyphens.</param>
/// <param name="Text">What was found, and what follows from it: a sentence without secrets.</param>
/// <param name="Action">What to do: a sentence.</param>
public sealed record Advice(string Code, string Text, string Action)
{
    /// <summary>Where more is said of it.</summary>
    /// <value>The default is the section of the documentation with the code as its heading.</value>
    public string Link { get; init; } = $"https://github.com/holdfast-dotnet/holdfast/blob/main/docs/advice.md#{Code}";

    /// <summary>The code, what was found, and what to do.</summary>
    public override string ToString() => $"{Code}: {Text} {Action}";
}
