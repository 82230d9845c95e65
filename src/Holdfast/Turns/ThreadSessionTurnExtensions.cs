using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Begins turns where a session is at hand.</summary>
public static class ThreadSessionTurnExtensions
{
    /// <summary>Begins a turn of the thread of a session. The turn has a session of its own (<see cref="Turn.Session"/>); this one shows what the turn did once it is rebased or opened again.</summary>
    /// <inheritdoc cref="ThreadHandle.BeginTurnAsync(IEnumerable{ChatMessage}, TurnOptions?, CancellationToken)"/>
    /// <param name="session">The session; it must not have changes that are not committed.</param>
    /// <param name="messages">What is said; none for a task that begins without a message.</param>
    /// <param name="options">How it is begun; null for the defaults. Without a user, it is begun for the one that the session was opened for.</param>
    /// <param name="cancellationToken">Cancels the wait for the thread.</param>
    /// <exception cref="InvalidOperationException">The session has changes that are not committed.</exception>
    public static ValueTask<Turn> BeginTurnAsync(this ThreadSession session, IEnumerable<ChatMessage> messages, TurnOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.HasChanges)
        {
            throw new InvalidOperationException("The session has changes that are not committed; a turn would not have them. Commit first, or change the session of the turn.");
        }

        options ??= new();
        return TurnStart.BeginAsync(session.State.Store, session.State.Key, messages, options.UserId is null ? options with { UserId = session.State.Open.UserId } : options, cancellationToken);
    }

    /// <inheritdoc cref="BeginTurnAsync(ThreadSession, IEnumerable{ChatMessage}, TurnOptions?, CancellationToken)"/>
    /// <param name="session">The session; it must not have changes that are not committed.</param>
    /// <param name="text">What the user says.</param>
    /// <param name="options">How it is begun; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the wait for the thread.</param>
    public static ValueTask<Turn> BeginTurnAsync(this ThreadSession session, string text, TurnOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return BeginTurnAsync(session, [new ChatMessage(ChatRole.User, text)], options, cancellationToken);
    }
}
