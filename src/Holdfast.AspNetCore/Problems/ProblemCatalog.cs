using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Holdfast;

/// <summary>The problem that each error is answered with: fixed words, which tell neither content nor ids.</summary>
internal static class ProblemCatalog
{
    private const string Types = "https://github.com/holdfast-dotnet/holdfast/blob/main/docs/errors.md#";

    private static readonly FrozenDictionary<string, (int Status, string Title, string Detail)> Known = new Dictionary<string, (int, string, string)>(StringComparer.Ordinal)
    {
        [ErrorCodes.InvalidIdentifier] = (StatusCodes.Status400BadRequest, "Invalid identifier", "An id or a key of the request is empty, too long, or has characters that are not allowed."),
        [ErrorCodes.AccessDenied] = (StatusCodes.Status403Forbidden, "Access denied", "The request is not allowed to do this."),
        [ErrorCodes.ThreadNotFound] = (StatusCodes.Status404NotFound, "Not found", "There is no such thread."),
        [ErrorCodes.PointNotFound] = (StatusCodes.Status404NotFound, "Not found", "The thread does not have the version, time or label that was asked for."),
        [ErrorCodes.InterruptNotFound] = (StatusCodes.Status404NotFound, "Not found", "There is no such question."),
        [ErrorCodes.CommitConflict] = (StatusCodes.Status409Conflict, "Conflict", "Others have changed the thread, or its id is taken. Nothing was changed. Read it again and repeat the request, or choose another id."),
        [ErrorCodes.ThreadExists] = (StatusCodes.Status409Conflict, "Conflict", "The id of the thread is taken. Nothing was changed."),
        [ErrorCodes.MergeConflict] = (StatusCodes.Status409Conflict, "Conflict", "Both sides have changed the same values. Nothing was changed."),
        [ErrorCodes.LabelExists] = (StatusCodes.Status409Conflict, "Conflict", "Another version of the thread has the label. Nothing was changed."),
        [ErrorCodes.UnknownPosition] = (StatusCodes.Status409Conflict, "Conflict", "The thread was never at this position. Read it again."),
        [ErrorCodes.InvalidTransition] = (StatusCodes.Status409Conflict, "Conflict", "The status of the thread does not allow this."),
        [ErrorCodes.TurnBusy] = (StatusCodes.Status409Conflict, "Conflict", "The thread is busy with another request. Nothing was changed."),
        [ErrorCodes.TurnEnded] = (StatusCodes.Status409Conflict, "Conflict", "The turn has ended already."),
        [ErrorCodes.LeaseLost] = (StatusCodes.Status409Conflict, "Conflict", "Somebody else has taken the thread over."),
        [ErrorCodes.OpenCalls] = (StatusCodes.Status409Conflict, "Conflict", "The thread has calls without results."),
        [ErrorCodes.StepChanged] = (StatusCodes.Status409Conflict, "Conflict", "The request was made before with other values."),
        [ErrorCodes.InterruptClosed] = (StatusCodes.Status409Conflict, "Conflict", "The question was answered already, or does not need an answer any more."),
        [ErrorCodes.ApprovalMismatch] = (StatusCodes.Status409Conflict, "Conflict", "What was approved is not what was asked. Nothing was done."),
        [ErrorCodes.ThreadExpired] = (StatusCodes.Status410Gone, "Gone", "The thread has expired."),
        [ErrorCodes.HistoryDropped] = (StatusCodes.Status410Gone, "Gone", "What was asked for is not kept any more."),
        [ErrorCodes.TooLarge] = (StatusCodes.Status413PayloadTooLarge, "Too large", "What was to be stored is larger than allowed. Nothing was changed."),
        [ErrorCodes.InvalidValue] = (StatusCodes.Status422UnprocessableEntity, "Invalid value", "A value cannot be stored, or is not of the type that it must have."),
        [ErrorCodes.InvalidBundle] = (StatusCodes.Status422UnprocessableEntity, "Invalid bundle", "The bundle is damaged, or is none."),
        [ErrorCodes.AnswerNotAllowed] = (StatusCodes.Status422UnprocessableEntity, "Answer not allowed", "The question cannot be answered in this way."),
        [ErrorCodes.TurnSuspended] = (StatusCodes.Status423Locked, "Locked", "The thread waits for people to answer, or for a time."),
        [ErrorCodes.TurnQueueFull] = (StatusCodes.Status429TooManyRequests, "Too many requests", "Too many requests wait for the thread. Nothing was changed; try again later."),
        [ErrorCodes.StoreUnavailable] = (StatusCodes.Status503ServiceUnavailable, "Store unavailable", "The store did not answer. Try again later."),
        [ErrorCodes.PartialCommit] = Internal("A part of what the request was to change is stored. Do not repeat it."),
        [ErrorCodes.CorruptState] = Internal("Stored data is damaged."),
        [ErrorCodes.UnknownFormat] = Internal("Stored data was written by a newer version."),
        [ErrorCodes.NewerSchema] = Internal("Stored data was written by a newer version."),
        [ErrorCodes.MigrationFailed] = Internal("Stored data cannot be brought to this version."),
        [ErrorCodes.ReplyLimit] = Internal("The model went on calling tools for longer than is allowed."),
        [ErrorCodes.StepFailed] = Internal("A step of the work has failed."),
        [ErrorCodes.StepUnknown] = Internal("It is not known whether a step of the work took effect."),
        [ErrorCodes.InvalidConfiguration] = Internal("The application is not configured correctly."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The codes that have a problem of their own.</summary>
    public static IEnumerable<string> Codes => Known.Keys;

    public static ProblemDetails Of(string code)
    {
        var (status, title, detail) = Known.TryGetValue(code, out var known) ? known : Internal("The request failed.");
        return Make(status, code, title, detail);
    }

    public static ProblemDetails Make(int status, string code, string detail) => Make(status, code, ReasonOf(status), detail);

    private static ProblemDetails Make(int status, string code, string title, string detail)
        => new() { Type = Types + code, Status = status, Title = title, Detail = detail, Extensions = { ["code"] = code } };

    private static (int Status, string Title, string Detail) Internal(string detail) => (StatusCodes.Status500InternalServerError, "Internal error", detail);

    private static string ReasonOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "Bad request",
        StatusCodes.Status401Unauthorized => "Unauthorized",
        StatusCodes.Status403Forbidden => "Access denied",
        StatusCodes.Status412PreconditionFailed => "Precondition failed",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "This status has no title."),
    };
}
