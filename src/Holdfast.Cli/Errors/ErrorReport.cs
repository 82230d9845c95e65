using Holdfast.Cli.Commands;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>What the user is told of a failure: a stable code, what happened, what to do, and the exit code.</summary>
internal sealed record ErrorReport(string Code, string Message, string? Hint, int ExitCode)
{
    public static ErrorReport Of(Exception exception) => exception switch
    {
        ToolException e => new(e.Code, e.Message, e.Hint, e.ExitCode),
        ThreadNotFoundException { IsDeleted: true } e => new(e.Code, $"Thread '{e.Key}' was deleted.", HintFor(e), ExitCodes.NotFound),
        AgentStateException e => new(e.Code, e.Message, HintFor(e), ExitCodeOf(e.Code)),
        _ => new("unexpected", $"{exception.GetType().Name}: {exception.Message}", "This is a defect of the tool. HOLDFAST_DEBUG=1 shows where it happened.", ExitCodes.Failed),
    };

    public void Print(IAnsiConsole console, bool json)
    {
        if (json)
        {
            console.WritePlain(JsonText.Object(writer =>
            {
                writer.WriteStartObject("error");
                writer.WriteString("code", Code);
                writer.WriteString("message", Message);
                writer.WriteString("hint", Hint);
                writer.WriteNumber("exitCode", ExitCode);
                writer.WriteEndObject();
            }));
            return;
        }

        console.WriteStyled($"error[{Code}]: {Plain.OneLine(Message)}", new Style(Color.Red));
        if (Hint is not null)
        {
            console.WriteStyled($"hint: {Plain.OneLine(Hint)}", Style.Plain);
        }
    }

    private static int ExitCodeOf(string code) => code switch
    {
        ErrorCodes.ThreadNotFound or ErrorCodes.ThreadExpired or ErrorCodes.PointNotFound or ErrorCodes.HistoryDropped or ErrorCodes.InterruptNotFound => ExitCodes.NotFound,
        ErrorCodes.AccessDenied => ExitCodes.AccessDenied,
        ErrorCodes.CommitConflict or ErrorCodes.ThreadExists or ErrorCodes.MergeConflict or ErrorCodes.LabelExists or ErrorCodes.InvalidTransition or ErrorCodes.InterruptClosed or ErrorCodes.TurnBusy or ErrorCodes.TurnEnded or ErrorCodes.LeaseLost or ErrorCodes.UnknownPosition => ExitCodes.Conflict,
        ErrorCodes.StoreUnavailable => ExitCodes.StoreUnavailable,
        ErrorCodes.CorruptState or ErrorCodes.UnknownFormat or ErrorCodes.NewerSchema or ErrorCodes.MigrationFailed or ErrorCodes.InvalidBundle => ExitCodes.Unreadable,
        ErrorCodes.TooLarge or ErrorCodes.InvalidValue or ErrorCodes.InvalidIdentifier or ErrorCodes.InvalidConfiguration or ErrorCodes.AnswerNotAllowed => ExitCodes.Usage,
        _ => ExitCodes.Failed,
    };

    private static string? HintFor(AgentStateException exception) => exception switch
    {
        ThreadNotFoundException { IsDeleted: true } e => $"`holdfast restore-deleted {Shell.Quote(e.Key.Id.Value)}` brings it back.",
        ThreadNotFoundException => "`holdfast threads` lists the threads of the store.",
        ThreadExpiredException => "It is not served any more; `holdfast cleanup` removes it for good.",
        PointNotFoundException { Point.Label: not null } e => $"`holdfast labels {Shell.Quote(e.Key.Id.Value)}` lists its labels.",
        PointNotFoundException e => $"`holdfast log {Shell.Quote(e.Key.Id.Value)}` lists its versions.",
        LabelExistsException => "--move moves it.",
        ThreadAccessDeniedException => "Name its owner with --user, or talk on another thread.",
        InterruptNotFoundException => "`holdfast interrupts list` lists those that wait for an answer.",
        InterruptClosedException e => $"`holdfast interrupts show {Shell.Quote(e.Id.Value)}` shows all that is known of it.",
        AnswerNotAllowedException e => $"Nothing was stored. It can be answered with {InterruptText.Options(e.Allowed)}.",
        LeaseLostException => "Another process has taken the turn over, and brings it to its end.",
        UnknownPositionException => "Look with `holdfast log`, and watch from there on without --from.",
        ThreadExistsException e => $"`holdfast show {Shell.Quote(e.Key.Id.Value)}` shows it.",
        MergeConflictException => "--on-conflict theirs takes the other side's values, --on-conflict ours keeps those of the thread.",
        CommitConflictException => "Nothing was written. Run the command again.",
        CorruptStateException { Key.Id.Value.Length: 0 } => "Nothing was overwritten. Check --store (or HOLDFAST_STORE), or bring the file back from a backup.",
        CorruptStateException e when RecoverTarget.CommandFor(e.Key) is { } command => $"Nothing was overwritten. `{command}` says what is wrong with it, and lets it go on from its last good version.",
        CorruptStateException => "Nothing was overwritten. `holdfast verify --all` says what is wrong.",
        StoreUnavailableException { OutcomeUnknown: true } => "What was being written may yet be stored: look with `holdfast log` before repeating it.",
        StoreUnavailableException => "Check --store (or HOLDFAST_STORE); `holdfast doctor` examines the store.",
        InvalidBundleException => "Export again, or take another copy of the bundle. What is in the store was not changed; an import can be repeated.",
        UnknownFormatException => "A newer version of holdfast wrote it. Update this one.",
        StateConfigurationException => "Check --store and --archive (or HOLDFAST_STORE and HOLDFAST_ARCHIVE).",
        _ => null,
    };
}
