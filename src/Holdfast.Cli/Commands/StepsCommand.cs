using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast steps</c></summary>
internal sealed class StepsCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<TurnId?> _turn = Inputs.Turn("The turn. [default: the newest that has begun]");

    public StepsCommand(ToolHost host, GlobalOptions global)
        : base("steps", "List the steps of a turn, in the order in which they began: tool calls, work that is done once, and delays.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_turn);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var turn = await FindAsync(invocation, thread, cancellationToken);
        var steps = turn is null ? [] : await invocation.Store.Thread(thread).StepsAsync(turn.Id, cancellationToken);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Array(steps, (writer, step) => Write(writer, turn!.Id, step)));
        }
        else
        {
            Print(invocation, turn, steps);
        }

        return ExitCodes.Ok;
    }

    private async Task<TurnInfo?> FindAsync(Invocation invocation, ThreadId thread, CancellationToken cancellationToken)
    {
        var wanted = invocation.Get(_turn);
        var turn = await invocation.Store.Thread(thread).TurnsAsync(cancellationToken)
            .FirstOrDefaultAsync(turn => wanted is { } id ? turn.Id == id : turn.State != TurnState.Queued, cancellationToken);
        if (turn is not null)
        {
            return turn;
        }

        await invocation.RequireThreadAsync(thread, cancellationToken);
        return wanted is null
            ? null
            : throw new ToolException("turn-not-found", ExitCodes.NotFound, $"Thread '{thread}' has no turn '{wanted}'.", $"`holdfast turns {Shell.Quote(thread.Value)}` lists its turns.");
    }

    private static void Write(Utf8JsonWriter writer, TurnId turn, StepInfo step)
    {
        writer.WriteString("turn", turn.Value);
        writer.WriteString("step", step.Key);
        writer.WriteString("kind", step.Kind);
        writer.WriteString("state", InterruptText.Name(step.State));
        writer.WriteNumber("attempt", step.Attempt);
        writer.WriteTime("at", step.At);
        writer.WriteNumber("milliseconds", step.Duration is { } duration ? (long)duration.TotalMilliseconds : null);
        writer.WriteString("callId", step.CallId);
        writer.WriteString("input", step.Input);
        writer.WriteString("error", step.Error);
    }

    private static void Print(Invocation invocation, TurnInfo? turn, IReadOnlyList<StepInfo> steps)
    {
        if (steps.Count == 0)
        {
            invocation.Output.WritePlain(turn is null ? "No turns." : $"Turn {turn.Id} has no steps.");
            return;
        }

        var listing = new Listing("Step", "Kind", "State", "Attempt", "At", "Took", "Error") { LastColumnWraps = true };
        foreach (var step in steps)
        {
            listing.Add(
                step.Key,
                step.Kind,
                InterruptText.Name(step.State),
                $"{step.Attempt}",
                JsonText.Iso(step.At),
                step.Duration is { } duration ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms") : "-",
                step.Error ?? "-");
        }

        listing.Print(invocation.Output);
    }
}
