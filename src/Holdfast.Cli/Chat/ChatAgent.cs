using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Chat;

/// <summary>Whom a chat talks to.</summary>
/// <param name="Name">Tells its turns from those of others on the same thread: a turn is brought to its end by the agent that began it, which knows its tools.</param>
/// <param name="Introduction">What the person at the terminal is told about it.</param>
/// <param name="Client">What answers.</param>
/// <param name="Options">Its tools and instructions.</param>
/// <param name="HistoryWindow">How many of the last messages it is sent.</param>
internal sealed record ChatAgent(string Name, string Introduction, IChatClient Client, ChatOptions Options, int HistoryWindow)
{
    /// <summary>The built-in offline assistant.</summary>
    public static ChatAgent Offline { get; } = new(
        "offline",
        "This is the built-in offline assistant. It is scripted: no model is involved, and it knows only what this thread holds. " +
        "Say \"help\" for what it understands; --model talks to a real model.",
        new ScriptedModel(),
        new() { Tools = [RefundTool.Create()] },
        HistoryWindow: 20);
}
