namespace Holdfast.Cli;

/// <summary>A failure of the tool itself, with what the user is told.</summary>
internal sealed class ToolException(string code, int exitCode, string message, string? hint = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    public string Code { get; } = code;

    public int ExitCode { get; } = exitCode;

    public string? Hint { get; } = hint;

    /// <summary>The command line cannot be carried out as it is.</summary>
    public static ToolException Usage(string message, string? hint = null) => new("usage", ExitCodes.Usage, message, hint);

    /// <summary>What was typed or piped cannot be read.</summary>
    public static ToolException Input(string message, string? hint = null) => new("invalid-input", ExitCodes.Usage, message, hint);

    /// <summary>The assembly of an application cannot be used.</summary>
    public static ToolException Application(string message, string? hint = null, Exception? innerException = null) => new("invalid-application", ExitCodes.Usage, message, hint, innerException);

    /// <summary>There is no such thread.</summary>
    public static ToolException NotFound(string message, string? hint = null) => new(ErrorCodes.ThreadNotFound, ExitCodes.NotFound, message, hint);
}
