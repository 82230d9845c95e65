using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Logs;

/// <summary>What a hint says: that a thread may have changed, or that any may have.</summary>
/// <remarks>A thread is named by a number that follows from its key. Two threads can have the same number, which costs whoever waits for one of them a look.</remarks>
/// <param name="Thread">The number of the thread; 0 for any.</param>
public readonly record struct CommitHint(long Thread)
{
    /// <summary>Any thread may have changed.</summary>
    public static CommitHint Any => default;

    /// <summary>A thread has changed.</summary>
    public static CommitHint Of(ThreadKey key)
    {
        // No part of a key has a NUL, so that the text is that of one key only.
        Span<byte> text = stackalloc byte[1024];
        var length = 1;
        text[0] = (byte)key.Space;
        length += Encoding.UTF8.GetBytes(key.Tenant, text[length..]);
        text[length++] = 0;
        length += Encoding.UTF8.GetBytes(key.Id.Value, text[length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash) is not 0 and var number ? new(number) : new(1);
    }
}
