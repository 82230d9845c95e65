using System.Text.RegularExpressions;

namespace Holdfast;

/// <summary>What a redaction removes: messages, keys, and what a pattern matches.</summary>
public sealed record RedactionRequest
{
    /// <summary>The most characters of a <see cref="Pattern"/>.</summary>
    public const int MaxPatternLength = 1_000;

    /// <summary>The ids of messages whose content goes. Role, id, author, time and the names of tool calls stay.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<string> MessageIds { get; init; } = [];

    /// <summary>Keys that go, with all their earlier values.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<RedactedKey> Keys { get; init; } = [];

    /// <summary>A regular expression; what it matches in any text of messages, sections (variables, metadata, todos, …), records and reasons becomes <c>[redacted]</c>.</summary>
    /// <remarks>At most 1,000 characters. It is matched in linear time where it can be, and gets 2 minutes for a text; one that looks around or back gets 2 seconds. Names of keys, labels and called tools, numbers, ids and the data of files are not looked at.</remarks>
    /// <value>The default is null: none.</value>
    public string? Pattern { get; init; }

    /// <summary>Why, for the log of commits. What the pattern matches in it is replaced too.</summary>
    /// <value>The default is null: "redacted".</value>
    public string? Reason { get; init; }

    /// <summary>Who does it, for the log of commits: 1 to 512 bytes of UTF-8 without control characters.</summary>
    /// <value>The default is null: the agent in charge, if one was named.</value>
    public string? By { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("request");

    internal OptionProblems Problems()
    {
        var pattern = ProblemOf(Pattern);
        var problems = new OptionProblems(nameof(RedactionRequest)).Identifier(By, nameof(By)).Set(MessageIds, nameof(MessageIds)).Set(Keys, nameof(Keys));
        return problems
            .Expect(MessageIds is not { Count: 0 } || Keys is not { Count: 0 } || Pattern is not null, "RedactionRequest names nothing that is to go: give MessageIds, Keys or Pattern.")
            .Expect(pattern is null, $"RedactionRequest.Pattern must be a regular expression of 1 to 1,000 characters{pattern}.")
            .Expect(Keys?.All(key => key is { Section: { Length: > 0 } section, Key: { Length: > 0 } } && !SectionNames.IsReserved(section)) ?? true, "RedactionRequest.Keys must have sections and keys, and no section of the engine.")
            .Expect(MessageIds?.All(id => !string.IsNullOrEmpty(id)) ?? true, "RedactionRequest.MessageIds must not have an empty id.");
    }

    private static string? ProblemOf(string? pattern)
    {
        switch (pattern)
        {
            case null:
                return null;
            case { Length: 0 or > MaxPatternLength }:
                return $"; it has {pattern.Length}";
        }

        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return null;
        }
        catch (ArgumentException e)
        {
            return $": {e.Message.TrimEnd('.')}";
        }
    }
}
