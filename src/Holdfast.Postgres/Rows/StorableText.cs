using System.Text;
using Holdfast.Logs;

namespace Holdfast.Postgres.Rows;

/// <summary>Tells which text PostgreSQL can hold: no NUL, and no halves of surrogate pairs.</summary>
internal static class StorableText
{
    public static bool Is(string? text)
    {
        if (text is null)
        {
            return true;
        }

        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            if (rest[0] == '\0' || Rune.DecodeFromUtf16(rest, out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            rest = rest[length..];
        }

        return true;
    }

    /// <exception cref="InvalidIdentifierException">The user or the agent of the head cannot be stored.</exception>
    /// <exception cref="InvalidStateValueException">A term of the head cannot be stored.</exception>
    public static void Check(ThreadHead head)
    {
        if (!Is(head.UserId) || !Is(head.Agent))
        {
            throw new InvalidIdentifierException(
                $"The {(Is(head.UserId) ? "agent" : "user id")} of thread '{head.Key}' has NUL or half of a surrogate pair, which PostgreSQL cannot hold. Nothing was written.");
        }

        if (!head.Terms.All(Is))
        {
            throw new InvalidStateValueException($"A term of thread '{head.Key}' has NUL or half of a surrogate pair, which PostgreSQL cannot hold. Nothing was written.");
        }
    }
}
