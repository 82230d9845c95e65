namespace Holdfast.Cli.Chat;

/// <summary>What comes of a line: a reply, or a notice that the thread waits for people.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsReply">Whether it is a reply, which is a message of the thread.</param>
/// <param name="WaitsFor">The interrupts that people have to answer first.</param>
internal sealed record ChatReply(string Text, bool IsReply, IReadOnlyList<InterruptId> WaitsFor)
{
    /// <summary>A reply that is durable.</summary>
    public static ChatReply Of(string text) => new(text, IsReply: true, []);

    /// <summary>A notice that people have to answer first.</summary>
    public static ChatReply Waiting(IReadOnlyList<Interrupt> interrupts)
        => new(string.Join('\n', interrupts.Select(Describe)), IsReply: false, [.. interrupts.Select(interrupt => interrupt.Id)]);

    /// <summary>The notice, for a line that cannot be said before they have.</summary>
    public ChatReply NotSaid() => this with { Text = $"{Text}\nUntil then nothing else can be said here; this line was not said." };

    private static string Describe(Interrupt interrupt)
        => $"Waits for {InterruptText.Asked(interrupt)}{(interrupt.Audience is { } audience ? $" by {audience}" : "")}: `holdfast interrupts answer {interrupt.Id}` with --approve or --reject.";
}
