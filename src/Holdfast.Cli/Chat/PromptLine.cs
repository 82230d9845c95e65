namespace Holdfast.Cli.Chat;

/// <summary>A line that a person typed: something to say, or a command, which begins with a slash.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Text">What is said, or the command that is not known.</param>
internal readonly record struct PromptLine(PromptLineKind Kind, string Text)
{
    public static PromptLine Of(string line)
    {
        var text = line.Trim();
        return text switch
        {
            ['/', '/', ..] => new(PromptLineKind.Say, text[1..]),
            "/help" or "/?" => new(PromptLineKind.Help, text),
            "/exit" or "/quit" => new(PromptLineKind.Leave, text),
            ['/', ..] => new(PromptLineKind.UnknownCommand, text.Split(' ', 2)[0]),
            _ => new(PromptLineKind.Say, line),
        };
    }
}
