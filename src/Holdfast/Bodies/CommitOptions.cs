namespace Holdfast;

/// <summary>The reason, author and tags of a commit.</summary>
public sealed record CommitOptions
{
    /// <summary>The most <see cref="Tags"/> of one commit.</summary>
    public const int MaxTags = 16;

    /// <summary>Why the commit is made, for the log of commits.</summary>
    /// <value>The default is null: no reason.</value>
    public string? Reason { get; init; }

    /// <summary>Who makes the commit, for the log of commits: 1 to 512 bytes of UTF-8 without control characters.</summary>
    /// <value>The default is null: the agent in charge, if one was named.</value>
    public string? By { get; init; }

    /// <summary>Tags by which the log of commits can be filtered: at most 16, each 1 to 512 bytes of UTF-8 without control characters.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether a commit is made, with a version of its own, even if nothing changed.</summary>
    /// <value>The default is false.</value>
    public bool AllowEmpty { get; init; }

    /// <summary>The turn that the commit is part of.</summary>
    internal TurnId? Turn { get; init; }

    /// <summary>Whether the commit carries the folded state, whatever the rule says.</summary>
    internal bool Keyframe { get; init; }

    /// <summary>Whether the thread counts as updated when it was before: the commit changes nothing of it.</summary>
    internal bool KeepsTime { get; init; }

    internal static CommitOptions None { get; } = new();

    internal static CommitOptions Of(string? reason) => reason is null ? None : new() { Reason = reason };

    /// <exception cref="InvalidStateValueException">The reason cannot be stored.</exception>
    internal void Validate()
    {
        Problems().ThrowAsArgument("options");
        Utf8Json.CheckText(Reason ?? "", "the reason");
    }

    internal OptionProblems Problems()
    {
        var problems = new OptionProblems(nameof(CommitOptions)).Identifier(By, nameof(By)).Set(Tags, nameof(Tags));
        if (Tags is not null)
        {
            problems.Range(Tags.Count <= MaxTags, nameof(Tags), "at most 16", Tags.Count);
            foreach (var tag in Tags)
            {
                problems.Set(tag, nameof(Tags)).Identifier(tag, nameof(Tags));
            }
        }

        return problems;
    }
}
