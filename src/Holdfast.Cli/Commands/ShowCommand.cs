using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast show</c></summary>
internal sealed class ShowCommand : ToolCommand
{
    /// <summary>How many decisions are shown: each may cost a read.</summary>
    private const int MostDecisions = 10;

    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<int?> _last = Inputs.Count("--last", "Only the last N messages; some more where the first would be a tool's result without its call. [default: all]");
    private readonly Option<ThreadPoint> _point = Inputs.Point("The state as it was at this point. [default: the newest version]");

    public ShowCommand(ToolHost host, GlobalOptions global)
        : base("show", "Show the state of a thread: messages, variables, todos, goals, the newest decisions and the rest.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_last);
        Options.Add(_point);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var point = invocation.Get(_point);
        var state = await invocation.Store.LoadAsync(thread, point, cancellationToken) ?? throw await invocation.NotFoundAsync(thread, cancellationToken);
        var info = await InfoAsync(invocation, thread, point, cancellationToken);
        var count = state.Messages.Count;
        if (invocation.Get(_last) is { } last && last < count)
        {
            state = state with { Messages = LastMessages.Of(state.Messages, last) };
        }

        var decisions = await NewestDecisionsAsync(invocation, thread, state.Version!.Value, cancellationToken);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.IndentedObject(writer => Write(writer, state, info, count, decisions)));
        }
        else
        {
            new StateText(invocation.Output).Print(state, info, count, decisions);
        }

        return ExitCodes.Ok;
    }

    // What the catalogue knows of it. Where the end of the thread is damaged, an earlier version can still be shown.
    private static async Task<ThreadInfo?> InfoAsync(Invocation invocation, ThreadId thread, ThreadPoint point, CancellationToken cancellationToken)
    {
        try
        {
            return await invocation.Store.Thread(thread).GetInfoAsync(cancellationToken) ?? throw await invocation.NotFoundAsync(thread, cancellationToken);
        }
        catch (CorruptStateException) when (point.Version is not null)
        {
            return null;
        }
    }

    // What was dropped from the thread on purpose is not shown.
    private static async Task<List<Decision>> NewestDecisionsAsync(Invocation invocation, ThreadId thread, long version, CancellationToken cancellationToken)
    {
        var newest = new List<Decision>();
        try
        {
            await foreach (var decision in invocation.Store.Thread(thread).DecisionsAsync(version, cancellationToken))
            {
                newest.Add(decision);
                if (newest.Count == MostDecisions)
                {
                    break;
                }
            }
        }
        catch (HistoryDroppedException)
        {
        }

        return newest;
    }

    // The JSON of the state, with what the catalogue knows of the thread after its user, with decisions after its todos, and with progress after its goals.
    private static void Write(Utf8JsonWriter writer, AgentState state, ThreadInfo? info, int messages, List<Decision> decisions)
    {
        using var json = JsonDocument.Parse(state.ToJson(), new() { MaxDepth = 256 });
        foreach (var property in json.RootElement.EnumerateObject())
        {
            property.WriteTo(writer);
            if (property.NameEquals("user"))
            {
                writer.WriteNumber("messageCount", messages);
                if (info is not null)
                {
                    ThreadJson.WriteTimes(writer, info);
                }
            }
            else if (property.NameEquals("todos"))
            {
                DecisionJson.Write(writer, decisions);
            }
            else if (property.NameEquals("goals"))
            {
                DecisionJson.WriteProgress(writer, state);
            }
        }
    }
}
