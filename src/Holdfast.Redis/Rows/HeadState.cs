using System.Buffers.Text;
using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.Redis.Rows;

/// <summary>
/// What changes of a head with every commit, as one value: 32 bytes of the chain hash, then <c>version:keyframe:messages:updated</c> in decimal digits, and
/// <c>@due</c> if there is such a time. Chain hash and version come first, because the next commit is compared with them.
/// </summary>
internal static class HeadState
{
    private const int MostDigits = 20;
    private const byte BeforeDue = (byte)'@';

    public static byte[] Write(ThreadHead head)
    {
        ReadOnlySpan<long> numbers = [head.Version, head.KeyframeVersion, head.MessageCount, Instants.Floor(head.UpdatedAt)];
        Span<byte> text = stackalloc byte[Digest.Size + ((numbers.Length + 1) * (MostDigits + 1))];
        head.ChainHash.CopyTo(text);
        var length = Digest.Size;
        foreach (var number in numbers)
        {
            Utf8Formatter.TryFormat(number, text[length..], out var digits);
            length += digits;
            text[length++] = (byte)':';
        }

        length--;
        if (Instants.Floor(head.DueAt) is { } due)
        {
            text[length++] = BeforeDue;
            Utf8Formatter.TryFormat(due, text[length..], out var digits);
            length += digits;
        }

        return text[..length].ToArray();
    }

    /// <summary>What the state begins with before an append; empty where the append begins the thread.</summary>
    public static byte[] WriteBefore(AppendRequest request)
    {
        if (request.Begins)
        {
            return [];
        }

        Span<byte> text = stackalloc byte[Digest.Size + MostDigits + 1];
        request.After.CopyTo(text);
        Utf8Formatter.TryFormat(request.Entry.Version - 1, text[Digest.Size..], out var digits);
        text[Digest.Size + digits] = (byte)':';
        return text[..(Digest.Size + digits + 1)].ToArray();
    }

    /// <summary>Reads what <see cref="Write(ThreadHead)"/> wrote; null for anything else.</summary>
    public static ThreadHead? Read(ReadOnlySpan<byte> state, ThreadKey key, CommitId life)
    {
        if (state.Length <= Digest.Size)
        {
            return null;
        }

        var text = state[Digest.Size..];
        long? due = null;
        if (text.IndexOf(BeforeDue) is var at and >= 0)
        {
            if (!TryRead(text[(at + 1)..], out var instant) || !Millis.AreValid(instant))
            {
                return null;
            }

            due = instant;
            text = text[..at];
        }

        Span<long> numbers = stackalloc long[4];
        var count = 0;
        foreach (var range in text.Split((byte)':'))
        {
            if (count == numbers.Length || !TryRead(text[range], out numbers[count++]))
            {
                return null;
            }
        }

        var (version, keyframe, messages, updated) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        return count < numbers.Length || version < 1 || keyframe < 0 || keyframe > version || messages < 0 || !Millis.AreValid(updated)
            ? null
            : new()
            {
                Key = key,
                Life = life,
                Version = version,
                KeyframeVersion = keyframe,
                ChainHash = Digest.FromBytes(state[..Digest.Size]),
                MessageCount = messages,
                CreatedAt = default,
                UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(updated),
                DueAt = due is { } millis ? DateTimeOffset.FromUnixTimeMilliseconds(millis) : null,
            };
    }

    private static bool TryRead(ReadOnlySpan<byte> text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
