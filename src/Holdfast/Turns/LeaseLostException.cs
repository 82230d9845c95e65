namespace Holdfast;

/// <summary>Another runner holds the thread now, or the thread is gone: this one may not write any more. Nothing was written.</summary>
public sealed class LeaseLostException : AgentStateException
{
    internal LeaseLostException(ThreadKey key, long? token, string? holder)
        : base(ErrorCodes.LeaseLost, $"The lease of thread '{key}' is lost{(holder is null ? "" : $": '{holder}' holds the thread now")}. Nothing was written.")
        => (Token, NewHolder) = (token, holder);

    /// <summary>The token of the lease that is lost.</summary>
    public long? Token { get; }

    /// <summary>Who holds the thread now; null if nobody does.</summary>
    public string? NewHolder { get; }
}
