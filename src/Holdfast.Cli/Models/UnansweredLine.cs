using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Models;

/// <summary>Knows a line that is said again because it was not answered, so that it is stored once.</summary>
/// <remarks>The store is asked before the first line and after a failure only: what follows an answer is new.</remarks>
internal sealed class UnansweredLine(AgentStateStore store, ThreadId thread, OpenOptions options, TimeProvider time)
{
    // Enough to see whether something follows a line that was stored.
    private const int Recent = 20;

    private readonly OpenOptions _options = options with { RecentMessages = Recent };
    private (string Text, string? Id)? _last;
    private bool _isAnswered;

    /// <summary>The message id of a line: that of its first attempt when it is said again. Null if the stored line has none.</summary>
    public async Task<string?> IdOfAsync(string said)
    {
        var id = _isAnswered ? NewId() : await FindAsync(said);
        (_last, _isAnswered) = ((said, id), false);
        return id;
    }

    /// <summary>The line was answered.</summary>
    public void Answered() => _isAnswered = true;

    private async Task<string?> FindAsync(string said)
    {
        var session = await store.OpenAsync(thread, _options);
        var messages = await session.History.LastAsync(Recent);
        if (messages is [.., var newest] && newest.Role == ChatRole.User && newest.Text == said)
        {
            return newest.MessageId;
        }

        // A commit whose outcome is unknown may arrive yet. If it did, and something follows, the line was answered, at least in part.
        return _last is { Id: { } tried } last && last.Text == said && messages.All(message => message.MessageId != tried) ? tried : NewId();
    }

    private string NewId() => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
}
