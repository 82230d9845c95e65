namespace Holdfast;

/// <summary>The states of tools: a section for each tool.</summary>
public sealed class ToolSections
{
    private readonly SessionState _session;

    internal ToolSections(SessionState session) => _session = session;

    /// <summary>The tools that have any state.</summary>
    public IReadOnlyCollection<string> Names
        => [.. _session.State.Sections
            .Where(section => section.Key.StartsWith(SectionNames.ToolPrefix, StringComparison.Ordinal) && section.Value.Keys.Any(key => !_session.Times.IsGone(section.Key, key)))
            .Select(section => section.Key[SectionNames.ToolPrefix.Length..])];

    /// <summary>The state of one tool. It comes into being when something is set.</summary>
    /// <exception cref="InvalidIdentifierException">The name is empty, longer than 512 bytes or has control characters.</exception>
    public StateSection this[string tool] => new(_session, SectionNames.OfTool(Identifiers.Check(tool, "name of a tool")));
}
