using System.Text.RegularExpressions;

namespace Holdfast.Cli;

/// <summary>The name of a project, which is that of its folder and of its namespace.</summary>
internal static partial class ProjectName
{
    public const int MaxLength = 100;

    private static readonly HashSet<string> Keywords = new(
        """
        abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit extern false finally fixed float for foreach goto if
        implicit in int interface internal is lock long namespace new null object operator out override params private protected public readonly ref return sbyte sealed short sizeof stackalloc static
        string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void volatile while
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);

    // Packages and projects are told apart without regard to case.
    private static readonly HashSet<string> Taken = new(["Holdfast", "Microsoft", "OpenAI", "System", "Xunit"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Says what is wrong with a name; null if nothing is.</summary>
    public static (string Message, string Hint)? ProblemOf(string name)
    {
        if (name.Length > MaxLength)
        {
            return ($"The name of a project has at most {MaxLength} characters; this one has {name.Length}.", "Give a shorter one.");
        }

        if (!Form().IsMatch(name))
        {
            var proposal = Unusable().Replace(name, "_").Trim('_', '.');
            return (
                $"'{name}' is no name of a project: it is also a namespace, so it has letters, digits and underscores, with dots between words, and no word begins with a digit.",
                Form().IsMatch(proposal) && ProblemOf(proposal) is null ? $"How about {proposal}?" : "My.Agent is one.");
        }

        return name.Split('.').FirstOrDefault(Keywords.Contains) is { } keyword ? ($"'{name}' is no name of a project: '{keyword}' is a word of C#.", "My.Agent is one.")
            : Taken.Contains(name) || name.StartsWith("Holdfast.", StringComparison.OrdinalIgnoreCase) ? ($"'{name}' is no name of a project: a package or a namespace that it uses has that name.", "My.Agent is one.")
            : null;
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\z", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Form();

    [GeneratedRegex("[^A-Za-z0-9_.]+", RegexOptions.None, 10_000)]
    private static partial Regex Unusable();
}
