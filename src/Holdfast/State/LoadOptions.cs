namespace Holdfast;

/// <summary>Which parts of a state are loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>The point to read the state at: a version, a time, a label, or commits back.</summary>
    /// <value>The default is the newest version.</value>
    public ThreadPoint Point { get; init; }

    /// <summary>How many of the last visible messages are loaded: 0 for none. A few more are loaded if the first one would be a tool's result without its call.</summary>
    /// <value>The default is null: all.</value>
    public int? LastMessages { get; init; }

    /// <summary>The sections that are loaded, by their stored names: <c>variables</c>, <c>metadata</c>, <c>todos</c>, <c>goals</c>, <c>tools/NAME</c>, or one of your own.</summary>
    /// <value>The default is null: all.</value>
    public IReadOnlyCollection<string>? Sections { get; init; }

    /// <summary>Whether something is left out, so that the state cannot be saved.</summary>
    internal bool IsPartial => LastMessages is not null || Sections is not null;

    internal bool Has(string section) => Sections?.Contains(section, StringComparer.Ordinal) ?? true;

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(LoadOptions))
        .Range(LastMessages is null or >= 0, nameof(LastMessages), "at least 0, or null for all", LastMessages);
}
