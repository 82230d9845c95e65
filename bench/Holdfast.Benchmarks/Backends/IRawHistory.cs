namespace Holdfast.Benchmarks.Backends;

/// <summary>What a team would write by hand to keep conversations: a table with a row for each message. To fork one is to copy its rows.</summary>
internal interface IRawHistory : IAsyncDisposable
{
    /// <summary>Begins a conversation of so many messages.</summary>
    Task FillAsync(string thread, int messages, string text);

    /// <summary>Copies all rows of a conversation, in one statement.</summary>
    Task CopyAsync(string thread, string copy);

    /// <summary>Removes the oldest messages.</summary>
    Task DeleteAsync(string thread, int below);
}
