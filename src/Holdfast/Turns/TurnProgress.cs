using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>What a turn that runs has to do next, whoever runs its loop.</summary>
internal static class TurnProgress
{
    /// <summary>The calls of the turn that have no result yet, in their order.</summary>
    public static async ValueTask<List<FunctionCallContent>> OpenCallsAsync(Turn turn, CancellationToken cancellationToken)
    {
        var run = turn.Running;
        var open = await run.Writer.ReadAsync(
            book => new ValueTask<HashSet<string>>(book.Session.State.OpenCalls.Calls.Where(call => call.Version > run.Document.Begun).Select(call => call.Id).ToHashSet(StringComparer.Ordinal)),
            cancellationToken).ConfigureAwait(false);
        return open.Count == 0
            ? []
            : [.. turn.Reply.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Where(call => !call.InformationalOnly && open.Remove(call.CallId))];
    }

    /// <summary>Whether a message is the last that a model has to say. One with calls is not, also where the next turn has answered them because this one was cut off.</summary>
    public static bool IsLast(ChatMessage message)
        => message.Role == ChatRole.Assistant && !message.Contents.Any(content => content is FunctionCallContent { InformationalOnly: false });

    /// <summary>Adds what the user said while the turn waited: it comes after the results.</summary>
    public static async ValueTask TakeInputAsync(Turn turn, CancellationToken cancellationToken)
    {
        var run = turn.Running;
        if (!run.Document.HasInput)
        {
            return;
        }

        var input = await run.Writer.ReadAsync(book => TurnQueue.ReadInputAsync(book, turn.Id, cancellationToken), cancellationToken).ConfigureAwait(false);
        var added = turn.Prepare(input.Select(message => message.ToChatMessage()));
        await run.WriteAsync("said", (book, _) =>
        {
            added.Put(book, null);
            book.Session.Records.Remove(TurnSections.InputRecord(turn.Id.Value));
            book.Put(turn.Id, run.Document with { HasInput = false });
        }).ConfigureAwait(false);
    }
}
