using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Chat;

/// <summary>The turns of the offline assistant: what is said is committed, then the answer, with whatever it changed.</summary>
/// <remarks>
/// The answer is made from the thread as it is when it is committed: when another chat was faster, it is made again from what is stored then. So
/// several chats on one thread count, remember and number together. A turn that has begun is not cancelled.
/// </remarks>
internal sealed class ScriptedTurns(AgentStateStore store, ThreadId thread, OpenOptions options) : IAssistant
{
    public string Introduction
        => "This is the built-in offline assistant. It is scripted: no model is involved, and it knows only what this thread holds. " +
           "Say \"help\" for what it understands; --model talks to a real model.";

    public async Task<string> ReplyAsync(string said)
    {
        await store.UpdateAsync(thread, session => session.History.Add(ChatRole.User, said), options, CancellationToken.None);
        var reply = "";
        await store.UpdateAsync(thread, session => reply = ScriptedAssistant.Respond(session, said), options, CancellationToken.None);
        return reply;
    }
}
