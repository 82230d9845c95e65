using System.Buffers;

namespace Holdfast.Logs;

/// <summary>The whole lines of a part of a file, in order.</summary>
/// <param name="source">The file.</param>
/// <param name="start">Where the first line begins.</param>
/// <param name="end">Where to stop.</param>
/// <param name="chunk">How many bytes are read at once, unless a line is longer.</param>
internal sealed class ForwardLines(FileSource source, long start, long end, int chunk = 64 * 1024) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(end - start, 1, chunk));
    private int _taken;
    private int _held;
    private long _read = start;

    /// <summary>Where the line that was returned last begins.</summary>
    public long Offset { get; private set; } = start;

    /// <summary>The line that was returned last, with its line feed.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(LineStart, _taken - LineStart);

    private int LineStart { get; set; }

    /// <summary>Goes to the next line; false at the end, where bytes of a line that is not whole are left out.</summary>
    public bool TryNext()
    {
        var searched = 0;
        while (true)
        {
            var lineFeed = _buffer.AsSpan(_taken + searched, _held - _taken - searched).IndexOf((byte)'\n');
            if (lineFeed >= 0)
            {
                Offset = _read - (_held - _taken);
                LineStart = _taken;
                _taken += searched + lineFeed + 1;
                return true;
            }

            searched = _held - _taken;
            if (_read >= end)
            {
                return false;
            }

            Fill();
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Fill()
    {
        var rest = _held - _taken;
        var target = _buffer;
        if (rest > _buffer.Length / 2)
        {
            target = ArrayPool<byte>.Shared.Rent(checked((int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        }

        _buffer.AsSpan(_taken, rest).CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        (_buffer, _taken, _held, LineStart) = (target, 0, rest, 0);
        var size = (int)Math.Min(_buffer.Length - rest, end - _read);
        source.Read(_buffer.AsSpan(rest, size), _read);
        _held += size;
        _read += size;
    }
}
