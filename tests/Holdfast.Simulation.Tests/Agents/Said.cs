namespace Holdfast.Simulation.Tests.Agents;

/// <summary>A message that somebody says, as those outside of all processes know it.</summary>
internal sealed class Said(int number, ThreadId thread, string? key, string? script)
{
    public string Text => $"message {number}";

    public ThreadId Thread => thread;

    /// <summary>With a key it is delivered again until there is an answer.</summary>
    public string? Key => key;

    /// <summary>What the turn does; null if it is said to a chat pipeline.</summary>
    public string? Script => script;

    /// <summary>Whether somebody was told that it is stored.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>Whether it may be gone: its thread was erased or deleted, or it was taken out of the queue, since it was said first.</summary>
    public bool MayBeGone { get; set; }

    /// <summary>Whether its sender has an answer.</summary>
    public bool IsSettled { get; set; }

    /// <summary>How many requests with it are on their way.</summary>
    public int Requests { get; set; }

    public override string ToString() => $"{Text} ({key ?? "no key"}, {script ?? "chat"}) to {thread}";
}
