namespace Holdfast;

/// <summary>The names of the sections that the typed faces use.</summary>
internal static class SectionNames
{
    public const string Variables = "variables";
    public const string Metadata = "metadata";
    public const string Todos = "todos";
    public const string Goals = "goals";

    /// <summary>Each tool has a section of its own, so that two tools never meet.</summary>
    public const string ToolPrefix = "tools/";

    /// <summary>Where the records of a thread are: name → [version, place].</summary>
    public const string Records = "$records";

    /// <summary>Where the lists of records end: kind → [count, version, place] of the last one.</summary>
    public const string Lists = "$lists";

    /// <summary>Names of versions: label → {"v":VERSION,…}.</summary>
    public const string Labels = "$labels";

    /// <summary>How far forks are merged: life → version.</summary>
    public const string Merges = "$merges";

    /// <summary>Whose child the thread is.</summary>
    public const string Parent = "$parent";

    /// <summary>When keys are gone; see <see cref="KeyTime"/>.</summary>
    public const string Expires = "$expires";

    /// <summary>What stands for a user's variables in a thread without a user.</summary>
    public const string OwnUser = "$user";

    /// <summary>Whether a section is one of the engine's own, which no caller sees or changes.</summary>
    public static bool IsReserved(string name) => name.StartsWith('$');

    /// <summary>Returns <paramref name="name"/> if callers may use a section of this name.</summary>
    /// <exception cref="InvalidIdentifierException">It cannot be a key, begins with <c>$</c>, or is that of the todos or goals.</exception>
    public static string CheckOwn(string name)
    {
        Identifiers.Check(name, "section name");
        if (IsReserved(name))
        {
            throw new InvalidIdentifierException($"The section '{name}' cannot be used: names that begin with '$' are kept for internal use.");
        }

        return name switch
        {
            Todos => throw new InvalidIdentifierException("The section 'todos' cannot be used as it is: ThreadSession.Todos has the todos."),
            Goals => throw new InvalidIdentifierException("The section 'goals' cannot be used as it is: ThreadSession.Goals has the goals."),
            _ => name,
        };
    }

    public static string OfTool(string tool) => ToolPrefix + tool;
}
