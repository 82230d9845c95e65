using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Sqlite.Rows;

/// <summary>A hash of 64 bits over values, by which a row is told from a damaged one. It is quick, and finds accidents, not forgery.</summary>
internal struct RowHash()
{
    private const long Null = -1;

    // Each step is a bijection of the state: a value that differs in one bit never gives the same hash.
    private ulong _state = 0x9E3779B97F4A7C15;

    /// <summary>The hash so far.</summary>
    public readonly long Value => unchecked((long)_state);

    /// <summary>The hash of one text or blob; 0 for none.</summary>
    public static long Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return 0;
        }

        var hash = new RowHash();
        hash.Add(bytes);
        return hash.Value;
    }

    /// <summary>The hash by which a thread is found if the index by id does not lead to it: of SHA-256, so that nobody can choose ids that share one.</summary>
    public static long OfKey(ThreadKey key)
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        Digest.Compute(Encoding.UTF8.GetBytes($"{(int)key.Space}\0{key.Tenant}\0{key.Id.Value}")).CopyTo(digest);
        return BinaryPrimitives.ReadInt64BigEndian(digest);
    }

    public void Add(long value)
    {
        unchecked
        {
            _state = (_state ^ (ulong)value) * 0xBF58476D1CE4E5B9;
            _state ^= _state >> 29;
        }
    }

    /// <summary>Adds a number that may be missing.</summary>
    public void Add(long? value)
    {
        Add(value is null ? Null : 0);
        Add(value ?? 0);
    }

    public void Add(string? text)
    {
        if (text is null)
        {
            Add(Null);
            return;
        }

        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = size <= 512 ? stackalloc byte[size] : new byte[size];
        Add(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    public void Add(in Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        Add(bytes);
    }

    public void Add(CommitId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        Add(bytes);
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        Add(bytes.Length);
        for (; bytes.Length >= sizeof(long); bytes = bytes[sizeof(long)..])
        {
            Add(BinaryPrimitives.ReadInt64LittleEndian(bytes));
        }

        var rest = 0L;
        foreach (var value in bytes)
        {
            rest = (rest << 8) | value;
        }

        Add(rest);
    }
}
