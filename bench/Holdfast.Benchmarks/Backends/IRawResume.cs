using Microsoft.Extensions.AI;

namespace Holdfast.Benchmarks.Backends;

/// <summary>A conversation as a team would store it by hand: rows for its messages and its variables.</summary>
internal interface IRawResume
{
    /// <summary>Stores the messages and variables of one thread.</summary>
    void Fill(IReadOnlyList<ChatMessage> messages, string variables);

    /// <summary>Connects, reads the variables and the last messages of the thread, and closes the connection.</summary>
    /// <returns>How many messages there were.</returns>
    int Resume(int messages);
}
