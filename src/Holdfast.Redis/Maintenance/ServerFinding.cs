namespace Holdfast.Redis.Maintenance;

/// <summary>Something about a server that may lose commits.</summary>
/// <param name="Text">What was found.</param>
/// <param name="Action">What to do; null if the text says it.</param>
/// <param name="Code">The code of the advice, if it is about how the server is set up.</param>
internal sealed record ServerFinding(string Text, string? Action = null, string? Code = null)
{
    public override string ToString() => Action is null ? Text : $"{Text} {Action}";
}
