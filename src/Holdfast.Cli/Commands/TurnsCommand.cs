using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast turns</c></summary>
internal sealed class TurnsCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<int?> _limit = Inputs.Count("--limit", "Only the first so many. [default: all]");

    public TurnsCommand(ToolHost host, GlobalOptions global)
        : base("turns", "List the turns of a thread: those that have not ended, then the others, newest first.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_limit);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var turns = await invocation.Store.Thread(thread).TurnsAsync(cancellationToken).Take(invocation.Get(_limit) ?? int.MaxValue).ToListAsync(cancellationToken);
        if (turns.Count == 0)
        {
            await invocation.RequireThreadAsync(thread, cancellationToken);
        }

        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Array(turns, Write));
        }
        else
        {
            Print(invocation, turns);
        }

        return ExitCodes.Ok;
    }

    private static void Write(Utf8JsonWriter writer, TurnInfo turn)
    {
        writer.WriteString("turn", turn.Id.Value);
        writer.WriteString("key", turn.Key);
        writer.WriteString("state", InterruptText.Name(turn.State));
        writer.WriteNumber("attempt", turn.Attempt);
        writer.WriteTime("begunAt", turn.BegunAt);
        writer.WriteTime("endedAt", turn.EndedAt);
        writer.WriteString("by", turn.By);
        writer.WriteString("agent", turn.Agent);
        writer.WriteNumber("inputTokens", turn.Usage?.InputTokenCount);
        writer.WriteNumber("outputTokens", turn.Usage?.OutputTokenCount);
        writer.WriteString("error", turn.Error);
        writer.WriteNumber("firstVersion", turn.FirstVersion);
        writer.WriteNumber("lastVersion", turn.LastVersion);
        writer.WriteNumber("steps", turn.Steps);
    }

    private static void Print(Invocation invocation, List<TurnInfo> turns)
    {
        if (turns.Count == 0)
        {
            invocation.Output.WritePlain("No turns.");
            return;
        }

        var listing = new Listing("Turn", "State", "Attempt", "Begun", "Ended", "Versions", "Steps", "By", "Error") { LastColumnWraps = true };
        foreach (var turn in turns)
        {
            listing.Add(
                turn.Id.Value,
                InterruptText.Name(turn.State),
                $"{turn.Attempt}",
                JsonText.Iso(turn.BegunAt),
                turn.EndedAt is { } ended ? JsonText.Iso(ended) : "-",
                turn.FirstVersion == 0 ? "-" : $"{turn.FirstVersion}–{turn.LastVersion}",
                $"{turn.Steps}",
                turn.By ?? "-",
                turn.Error ?? "-");
        }

        listing.Print(invocation.Output);
    }
}
