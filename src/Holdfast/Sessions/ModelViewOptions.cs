using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Which part of a conversation a model is sent; see <see cref="MessageHistory.ForModelAsync"/>.</summary>
public sealed record ModelViewOptions
{
    /// <summary>How many of the last messages: 1 to 10,000. A few more are taken if the first one would be a tool's result without its call.</summary>
    /// <value>The default is 200.</value>
    public int Last { get; init; } = 200;

    /// <summary>
    /// Messages that answer requests for approval now, such as what a user says in this turn. These answers, and the requests that they answer, stay as they are, so
    /// that a client that invokes functions finds them. All other requests for approval are closed.
    /// </summary>
    /// <value>The default is empty.</value>
    public IEnumerable<ChatMessage> Answers { get; init; } = [];

    /// <summary>Whether a reply at the end that was cut short is left out, since the model is to say it again.</summary>
    internal bool RepeatsCutEnd { get; init; }

    /// <summary>The ids of calls that are left out, since their client is about to make them and adds them itself.</summary>
    internal IReadOnlyList<string> WithoutCalls { get; init; } = [];

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(ModelViewOptions))
        .Range(Last is >= 1 and <= 10_000, nameof(Last), "1 to 10,000", Last)
        .Set(Answers, nameof(Answers));
}
