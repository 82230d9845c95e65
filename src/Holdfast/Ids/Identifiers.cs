using System.Text;

namespace Holdfast;

/// <summary>The rules that thread, tenant and user ids share.</summary>
internal static class Identifiers
{
    /// <summary>The longest id, in bytes of UTF-8.</summary>
    public const int MaxBytes = 512;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns why <paramref name="value"/> cannot be an id, or null if it can.</summary>
    public static string? Problem(string value, int maxBytes = MaxBytes)
    {
        foreach (var c in value)
        {
            if (char.IsControl(c))
            {
                return $"it contains the control character U+{(int)c:X4}";
            }
        }

        int bytes;
        try
        {
            bytes = StrictUtf8.GetByteCount(value);
        }
        catch (EncoderFallbackException)
        {
            return "it contains half of a surrogate pair, which UTF-8 cannot hold";
        }

        return bytes > maxBytes ? $"it has {bytes} bytes of UTF-8 and {maxBytes} are allowed" : null;
    }

    /// <summary>Returns <paramref name="value"/> if it can be an id, and throws otherwise.</summary>
    public static string Check(string value, string what, int maxBytes = MaxBytes)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length == 0)
        {
            throw new InvalidIdentifierException($"The {what} cannot be empty.");
        }

        return Problem(value, maxBytes) is { } problem
            ? throw new InvalidIdentifierException($"This {what} cannot be used: {problem}.")
            : value;
    }
}
