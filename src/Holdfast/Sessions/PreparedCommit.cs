using Holdfast.Logs;

namespace Holdfast;

/// <summary>A commit whose bytes are fixed, so that sending it again after an unknown outcome is the same commit.</summary>
/// <param name="Change">What it changes.</param>
/// <param name="Options">What is said of it.</param>
/// <param name="Request">What the log is asked to append.</param>
/// <param name="History">What is visible after it.</param>
/// <param name="OpenCalls">The calls that are open after it.</param>
/// <param name="Info">How it is described.</param>
/// <param name="StateSize">The size of the state after it.</param>
/// <param name="Body">The JSON text of its body.</param>
internal sealed record PreparedCommit(
    Change Change, CommitOptions Options, AppendRequest Request, HistoryView History, OpenCalls OpenCalls, CommitInfo Info, long StateSize, WrittenBody Body)
{
    /// <summary>The head once it is stored.</summary>
    public ThreadHead Head => Request.Head;

    /// <summary>Whether it was sent.</summary>
    public bool IsSent { get; set; }

    /// <summary>Whether it was sent, and it is not known what came of it.</summary>
    public bool IsUnsettled { get; set; }

    /// <summary>The messages once they are stored, as parts of the body.</summary>
    public StoredMessage[] StoredMessages()
    {
        var messages = Change.Messages;
        var bytes = 0L;
        foreach (var message in messages)
        {
            bytes += message.Json.Length;
        }

        // Where the body is mostly something else, it is not kept for the sake of its messages.
        var isShared = bytes >= Body.Json.Length / 2;
        var stored = new StoredMessage[messages.Count];
        var start = Body.MessagesAt;
        for (var i = 0; i < stored.Length; i++)
        {
            var text = Body.Json.AsMemory(start, messages[i].Json.Length);
            stored[i] = new(isShared ? text : text.ToArray(), Request.Entry.At);
            start += text.Length + 1;
        }

        return stored;
    }
}
