using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Holdfast.Logs;

/// <summary>The position of a listing between two pages: the last head that was returned.</summary>
/// <param name="UpdatedAt">When that thread had been updated.</param>
/// <param name="Key">That thread.</param>
public readonly record struct HeadCursor(DateTimeOffset UpdatedAt, ThreadKey Key)
{
    /// <summary>The cursor after <paramref name="head"/>.</summary>
    public static HeadCursor After(ThreadHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return new(head.UpdatedAt, head.Key);
    }

    /// <summary>Reads a continuation.</summary>
    /// <exception cref="ArgumentException">The text is not a continuation that a listing returned.</exception>
    public static HeadCursor? Parse(string? continuation)
    {
        if (continuation is null)
        {
            return null;
        }

        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(continuation)).Split('\n');
            if (parts is [var millis, var tenant, var id])
            {
                var at = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(millis, CultureInfo.InvariantCulture));
                return new(at, ThreadKey.Of(tenant, ThreadId.Parse(id)));
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or AgentStateException)
        {
            // Falls through to the one error that callers are told of.
        }

        throw new ArgumentException("The continuation is not one that a listing returned.", nameof(continuation));
    }

    /// <summary>The continuation, as listings return it.</summary>
    public override string ToString()
        => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{UpdatedAt.ToUnixTimeMilliseconds()}\n{Key.Tenant}\n{Key.Id.Value}")));
}
