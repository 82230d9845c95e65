using Microsoft.AspNetCore.Http;

namespace Holdfast;

/// <summary>The header <c>Idempotency-Key</c>: a quoted string, as its specification has it, or a bare one, as most callers send it.</summary>
internal static class IdempotencyKey
{
    private const string Header = "Idempotency-Key";

    /// <exception cref="RefusedException">There are several, or the key cannot be one.</exception>
    public static string? Of(HttpRequest request)
    {
        var values = request.Headers[Header];
        if (values.Count == 0)
        {
            return null;
        }

        var key = values is [{ } only] ? only.Trim() : "";
        key = key is ['"', .. var quoted, '"'] ? quoted.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal) : key;
        return ThreadId.TryParse(key, out _)
            ? key
            : throw RefusedException.Of(StatusCodes.Status400BadRequest, ErrorCodes.InvalidIdentifier, $"The header {Header} must have one key of 1 to 512 bytes.");
    }
}
