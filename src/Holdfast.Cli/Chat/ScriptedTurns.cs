using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Chat;

/// <summary>The turns of the offline assistant: what is said is committed, then the answer, with whatever it changed.</summary>
/// <remarks>
/// <para>
/// The answer stands on the thread as it is when it is committed: when another chat answered meanwhile, it is made again from what is stored then. So
/// several chats on one thread count, remember and number together.
/// </para>
/// <para>
/// A turn that has begun is not cancelled. A commit whose outcome is not known is repeated; it is never written twice. A line that is said again because it was
/// not answered is not stored again.
/// </para>
/// </remarks>
internal sealed class ScriptedTurns(AgentStateStore store, ThreadId thread, OpenOptions options, TimeProvider time) : IAssistant
{
    private const int Attempts = 4;

    private readonly OpenOptions _options = options with { RebaseOnConflict = true, RecentMessages = 1 };
    private ThreadSession? _session;

    public string Introduction
        => "This is the built-in offline assistant. It is scripted: no model is involved, and it knows only what this thread holds. " +
           "Say \"help\" for what it understands; --model talks to a real model.";

    public async Task<string> ReplyAsync(string said)
    {
        // The session is kept from turn to turn, so that a commit needs no read. After a failure nobody knows what it is worth.
        var kept = _session;
        var session = kept ?? await store.OpenAsync(thread, _options);
        _session = null;
        if (kept is not null || !await IsUnansweredAsync(session, said))
        {
            (session, _) = await CommitAsync(session, "said", open =>
            {
                open.History.Add(ChatRole.User, said);
                return said;
            });
        }

        (_session, var reply) = await CommitAsync(session, "replied", open => ScriptedAssistant.Respond(open, said));
        return reply;
    }

    // Said before, and a failure came in the place of the answer: it is stored already.
    private static async Task<bool> IsUnansweredAsync(ThreadSession session, string said)
        => await session.History.LastAsync(1) is [.., var last] && last.Role == ChatRole.User && last.Text == said;

    private async Task<(ThreadSession Session, string Text)> CommitAsync(ThreadSession session, string reason, Func<ThreadSession, string> change)
    {
        while (true)
        {
            var text = change(session);
            try
            {
                await CommitAsync(session, reason);
                return (session, text);
            }
            catch (CommitConflictException)
            {
                // Another chat answered first, or the thread was erased. Of those who meet one always gets on, so this ends.
                session = await store.OpenAsync(thread, _options);
            }
        }
    }

    private async Task CommitAsync(ThreadSession session, string reason)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await session.CommitAsync(reason);
                return;
            }
            catch (StoreUnavailableException) when (attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), time);
            }
        }
    }
}
