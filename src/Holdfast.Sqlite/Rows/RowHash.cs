using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Sqlite.Rows;

/// <summary>64 bits of a SHA-256 over values, by which a row is found again or told from a damaged one. Each value is told apart from its neighbours.</summary>
internal ref struct RowHash
{
    private const long Null = -1;
    private Span<byte> _buffer;
    private int _length;

    /// <param name="buffer">Room for the values; more is taken from the heap if it does not suffice.</param>
    public RowHash(Span<byte> buffer) => _buffer = buffer;

    /// <summary>The size of a buffer that nearly always suffices.</summary>
    public const int UsualSize = 512;

    /// <summary>The hash by which a thread is found if the index by id does not lead to it.</summary>
    public static long OfKey(ThreadKey key)
    {
        var hash = new RowHash(stackalloc byte[UsualSize]);
        hash.Add(key.Tenant);
        hash.Add(key.Id.Value);
        return hash.Value();
    }

    /// <summary>The hash of one text or blob; 0 for none.</summary>
    public static long Of(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? 0 : Take(bytes);

    public void Add(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Room(sizeof(long)), value);
        _length += sizeof(long);
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

        var size = Encoding.UTF8.GetByteCount(text);
        Add(size);
        _length += Encoding.UTF8.GetBytes(text, Room(size));
    }

    public void Add(in Digest digest)
    {
        digest.CopyTo(Room(Digest.Size));
        _length += Digest.Size;
    }

    public readonly long Value() => Take(_buffer[.._length]);

    private static long Take(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        Digest.Compute(bytes).CopyTo(digest);
        return BinaryPrimitives.ReadInt64BigEndian(digest);
    }

    private Span<byte> Room(int size)
    {
        if (_buffer.Length - _length < size)
        {
            var larger = new byte[(_length + size) * 2];
            _buffer[.._length].CopyTo(larger);
            _buffer = larger;
        }

        return _buffer[_length..];
    }
}
