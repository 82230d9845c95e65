using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Answers that are given through a chat become the answers of the interrupts that they belong to.</summary>
internal static class ApprovalAnswers
{
    /// <summary>Stores the answers; all of them are looked at before the first one is stored.</summary>
    /// <returns>The turn that asked.</returns>
    /// <exception cref="InterruptNotFoundException">The thread never asked.</exception>
    /// <exception cref="ApprovalMismatchException">The call that is approved is not the one that is stored.</exception>
    /// <exception cref="InterruptClosedException">It was answered otherwise, or nobody waits for the answer any more.</exception>
    public static async ValueTask<TurnId> StoreAsync(ChatCaller caller, ThreadId thread, IReadOnlyList<ToolApprovalResponseContent> answers, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(caller, thread, cancellationToken).ConfigureAwait(false);
        var book = new TurnBook(session.State);
        TurnId? turn = null;
        var open = new List<(InterruptId Id, ToolApprovalResponseContent Answer)>();
        foreach (var answer in answers)
        {
            var (id, asked) = Find(book, caller, answer);

            // What is declined does not run, so it need not be what is stored: a redaction may have taken the arguments away.
            if (answer.Approved && asked.Hash != CallHash.Of(session.State.Base!.Life, new(asked.Turn), (FunctionCallContent)answer.ToolCall))
            {
                throw new ApprovalMismatchException(answer.ToolCall.CallId);
            }

            turn = new(asked.Turn);
            asked = InterruptRaiser.Expire(asked, session.State.Store.Now.ToUnixTimeMilliseconds())!;
            if (asked.State == InterruptState.Pending)
            {
                open.Add((id, answer));
            }
            else if (asked.State == InterruptState.Withdrawn || !IsSame(answer, asked.Answer!.Kind))
            {
                throw new InterruptClosedException(id, asked.State, (await InterruptRaiser.ReadAsync(book, id, asked, cancellationToken).ConfigureAwait(false)).Answer);
            }
        }

        foreach (var (id, answer) in open)
        {
            await StoreAsync(caller, session.State.Key, id, answer, cancellationToken).ConfigureAwait(false);
        }

        return turn!.Value;
    }

    private static async ValueTask StoreAsync(ChatCaller caller, ThreadKey thread, InterruptId id, ToolApprovalResponseContent answer, CancellationToken cancellationToken)
    {
        try
        {
            var given = answer.Approved ? InterruptAnswer.Accept(caller.UserId) : InterruptAnswer.Reject(answer.Reason, caller.UserId);
            await caller.Store.Interrupts.AnswerInAsync(thread, id, given, cancellationToken).ConfigureAwait(false);
        }
        catch (InterruptClosedException e) when (e.State != InterruptState.Withdrawn && e.Answer is { } held && IsSame(answer, held.Kind))
        {
            // Somebody was faster, and said the same.
        }
    }

    private static async ValueTask<ThreadSession> OpenAsync(ChatCaller caller, ThreadId thread, CancellationToken cancellationToken)
    {
        var session = await caller.Store.OpenAsync(thread, new() { UserId = caller.UserId, LoadUser = false }, cancellationToken).ConfigureAwait(false);
        return caller.IsAnonymous && session.UserId is not null ? throw new ThreadAccessDeniedException(session.State.Key) : session;
    }

    // Whom a question is for is not for its user to decide.
    private static (InterruptId Id, InterruptDocument Asked) Find(TurnBook book, ChatCaller caller, ToolApprovalResponseContent answer)
    {
        var found = book.Interrupts
            .Where(asked => asked.Interrupt is { Kind: InterruptKinds.Approval, Call: { } call } && ApprovalContents.RequestIdOf(call) == answer.RequestId && !(caller.IsOfUser && asked.Interrupt.Audience is not null))
            .OrderByDescending(asked => asked.Interrupt.State == InterruptState.Pending).ThenByDescending(asked => asked.Interrupt.At).FirstOrDefault();
        return found.Interrupt is not null ? found : throw new InterruptNotFoundException(new(answer.RequestId));
    }

    private static bool IsSame(ToolApprovalResponseContent answer, AnswerKinds held) => held == (answer.Approved ? AnswerKinds.Accept : AnswerKinds.Reject);
}
