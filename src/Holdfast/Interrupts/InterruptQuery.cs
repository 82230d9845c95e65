using System.Globalization;

namespace Holdfast;

/// <summary>Which pending interrupts are listed.</summary>
public sealed record InterruptQuery
{
    /// <summary>Only those of threads of this user.</summary>
    /// <value>The default is null: of every user.</value>
    public string? UserId { get; init; }

    /// <summary>Only those of threads of which this agent is in charge.</summary>
    /// <value>The default is null: of every agent.</value>
    public string? Agent { get; init; }

    /// <summary>Only those of this kind; see <see cref="InterruptKinds"/>.</summary>
    /// <value>The default is null: of every kind.</value>
    public string? Kind { get; init; }

    /// <summary>Only those for this audience.</summary>
    /// <value>The default is null: for every audience.</value>
    public string? Audience { get; init; }

    /// <summary>Only those that were raised before this time.</summary>
    /// <value>The default is null: at any time.</value>
    public DateTimeOffset? RaisedBefore { get; init; }

    /// <summary>How many threads are read at a time: 1 to 1,000.</summary>
    /// <value>The default is 100.</value>
    public int PageSize { get; init; } = 100;

    internal void Validate() => new OptionProblems(nameof(InterruptQuery))
        .Identifier(UserId, nameof(UserId)).Identifier(Agent, nameof(Agent)).Identifier(Kind, nameof(Kind)).Identifier(Audience, nameof(Audience))
        .Range(PageSize is >= 1 and <= 1_000, nameof(PageSize), "1 to 1,000", PageSize)
        .ThrowAsArgument("query");
}
