using System.Text;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Hands a thread over to another agent, once: a step whose commit changes who is in charge, and says why.</summary>
internal static class HandOff
{
    public const string StepKind = "hand-off";

    /// <exception cref="InvalidIdentifierException">This cannot be the name of an agent.</exception>
    public static async ValueTask RunAsync(Turn turn, string agent, string? reason, CancellationToken cancellationToken)
    {
        Identifiers.Check(agent, "agent name");
        var step = new StepWork<string>(
            StepKind,
            NameOf(agent),
            (_, _) => Task.FromResult(agent),
            _ => "true"u8.ToArray(),
            _ => agent,
            new() { Input = agent })
        {
            Reason = "handed over",
            Along = (book, _) => Put(book, turn, agent, reason),
        };
        await turn.Runner.RunAsync(step, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The agent that a tool hands over to, if that is what the tool does.</summary>
    public static string? TargetOf(AIFunction? function) => function?.GetService<Tool>()?.Agent;

    /// <summary>Changes who is in charge with the commit that is being made.</summary>
    public static void Put(TurnBook book, Turn turn, string agent, string? reason)
    {
        var from = book.Session.State.Agent;
        book.Session.TakeAgent(agent);
        book.Put(turn.Id, book.Find(turn.Id)! with { Agent = agent });
        turn.Session.Decisions.Add(new Decision { Text = $"Handed over to '{agent}'.", Reason = string.IsNullOrWhiteSpace(reason) ? "No reason was given." : reason, By = from });
    }

    /// <summary>Why a model hands over.</summary>
    public static string? ReasonOf(IEnumerable<KeyValuePair<string, object?>>? arguments) => arguments?.FirstOrDefault(argument => argument.Key == "reason").Value?.ToString();

    /// <summary>The function by which a model hands over.</summary>
    public static AIFunction ToolFor(string agent)
    {
        Identifiers.Check(agent, "agent name");
        var name = "hand_off_to_" + string.Concat(agent.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return new Tool(
            AIFunctionFactory.Create((string reason) => $"The conversation was handed over to '{agent}': {reason}", name, $"Hands the conversation over to the agent '{agent}', who goes on with it."), agent);
    }

    private static string NameOf(string agent) => $"{StepKind}:{(agent.Length <= 100 ? agent : Digest.Compute(Encoding.UTF8.GetBytes(agent)).ToString())}";

    private sealed class Tool(AIFunction inner, string agent) : DelegatingAIFunction(inner)
    {
        public string Agent => agent;
    }
}
