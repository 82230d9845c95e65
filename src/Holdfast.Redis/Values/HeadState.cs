using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Holdfast.Logs;

namespace Holdfast.Redis.Values;

/// <summary>
/// What changes of a head with every commit, as one value: 32 bytes of the chain hash, then <c>version:keyframe:messages:updated</c> in decimal digits.
/// Chain hash and version come first, because the next commit is compared with them.
/// </summary>
internal static class HeadState
{
    private const int MostDigits = 20;

    public static byte[] Write(ThreadHead head)
        => Write(head.ChainHash, head.Version, head.KeyframeVersion, head.MessageCount, Instants.Floor(head.UpdatedAt));

    /// <summary>What the state begins with before an append.</summary>
    public static byte[] WriteBefore(AppendRequest request)
    {
        Span<byte> text = stackalloc byte[Digest.Size + MostDigits + 1];
        request.After.CopyTo(text);
        Utf8Formatter.TryFormat(request.Entry.Version - 1, text[Digest.Size..], out var digits);
        text[Digest.Size + digits] = (byte)':';
        return text[..(Digest.Size + digits + 1)].ToArray();
    }

    /// <summary>Reads what <see cref="Write(ThreadHead)"/> wrote; null for anything else.</summary>
    public static ThreadHead? Read(ReadOnlySpan<byte> state, ThreadKey key)
    {
        Span<long> numbers = stackalloc long[4];
        if (state.Length <= Digest.Size)
        {
            return null;
        }

        var count = 0;
        var text = state[Digest.Size..];
        foreach (var range in text.Split((byte)':'))
        {
            if (count == numbers.Length || !long.TryParse(text[range], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[count++]))
            {
                return null;
            }
        }

        var (version, keyframe, messages, updated) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        return count < numbers.Length || version < 1 || keyframe < 0 || keyframe > version || messages < 0 || !Instants.AreValid(updated)
            ? null
            : new()
            {
                Key = key,
                Version = version,
                KeyframeVersion = keyframe,
                ChainHash = Digest.FromBytes(state[..Digest.Size]),
                MessageCount = messages,
                CreatedAt = default,
                UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(updated),
            };
    }

    private static byte[] Write(Digest chain, params ReadOnlySpan<long> numbers)
    {
        Span<byte> text = stackalloc byte[Digest.Size + (numbers.Length * (MostDigits + 1))];
        chain.CopyTo(text);
        var length = Digest.Size;
        foreach (var number in numbers)
        {
            Utf8Formatter.TryFormat(number, text[length..], out var digits);
            length += digits;
            text[length++] = (byte)':';
        }

        return text[..(length - 1)].ToArray();
    }
}
