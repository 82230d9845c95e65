namespace Holdfast.Cli.Chat;

/// <summary>Whom a chat talks to.</summary>
internal interface IAssistant
{
    /// <summary>What the person at the terminal is told about it.</summary>
    string Introduction { get; }

    /// <summary>Keeps what was said, and answers.</summary>
    /// <returns>The answer, once it is durable.</returns>
    Task<string> ReplyAsync(string said);
}
