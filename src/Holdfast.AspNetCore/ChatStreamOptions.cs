using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>How a reply is streamed to a browser.</summary>
public sealed record ChatStreamOptions
{
    /// <summary>The options of the call. The thread, its user and the idempotency key are those of the request.</summary>
    /// <value>The default is null: those of the chat client.</value>
    public ChatOptions? Chat { get; init; }

    /// <summary>Makes the data of an <c>update</c> event, one line of text or JSON, of what the model said; null for no event.</summary>
    /// <value>The default is null: <c>{"text":"…"}</c> for text, and nothing for all else, so that tool calls and their results are not told.</value>
    public Func<ChatResponseUpdate, string?>? DataOf { get; init; }

    /// <summary>After how long without an event a <c>ping</c> is sent, so that nothing on the way ends the connection: 1 s to 1 h.</summary>
    /// <value>The default is 15 seconds.</value>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    internal void Validate()
    {
        if (Problems().FirstOrDefault() is { } problem)
        {
            throw new ArgumentOutOfRangeException("options", problem);
        }
    }

    internal IEnumerable<string> Problems()
    {
        if (KeepAlive < TimeSpan.FromSeconds(1) || KeepAlive > TimeSpan.FromHours(1))
        {
            yield return $"ChatStreamOptions.KeepAlive must be 1 s to 1 h; it is {KeepAlive}.";
        }
    }
}
