namespace Holdfast.Cli.Chat;

/// <summary>What a line asks for.</summary>
internal enum PromptLineKind
{
    Say,
    Help,
    Leave,
    UnknownCommand,
}
