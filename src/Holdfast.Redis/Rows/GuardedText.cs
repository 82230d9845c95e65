using System.Text;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Rows;

/// <summary>A text of a hash that nothing else tells of, so that nothing else could find a change: 16 hexadecimal digits of a hash of its field and itself, a blank, and the text.</summary>
internal static class GuardedText
{
    private const int Digits = 16;

    public static byte[] Write(ReadOnlySpan<byte> field, ReadOnlySpan<byte> text) => [.. Guard(field, text), (byte)' ', .. text];

    /// <summary>A field with its text, as it is stored.</summary>
    public static RedisValue[] Write(string field, string text) => [field, Write(Encoding.UTF8.GetBytes(field), Encoding.UTF8.GetBytes(text))];

    /// <exception cref="CorruptStateException">It is not what was written.</exception>
    public static ReadOnlyMemory<byte> Read(RedisValue field, RedisValue stored, ThreadKey key)
        => (ReadOnlyMemory<byte>)stored is { Length: > Digits } bytes && bytes[(Digits + 1)..] is var text && bytes[..(Digits + 1)].Span.SequenceEqual([.. Guard(((ReadOnlyMemory<byte>)field).Span, text.Span), (byte)' '])
            ? text
            : throw new CorruptStateException(key, 0, $"the field '{(string?)field}' of its head does not have the text that was written: its hash is another one.");

    private static byte[] Guard(ReadOnlySpan<byte> field, ReadOnlySpan<byte> text)
    {
        var digest = Digest.Compute([.. field, 0, .. text]).ToByteArray();
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest)[..Digits]);
    }
}
