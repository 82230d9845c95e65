using System.Security.Cryptography;
using System.Text.Json;

namespace Holdfast;

/// <summary>Reads the lines of a bundle, one at a time, and refuses the first one that is not as it was written.</summary>
/// <remarks>Not thread safe. What it keeps in memory is one line.</remarks>
internal sealed class BundleReader(Stream input) : IDisposable
{
    private const int ReadSize = 64 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[ReadSize];
    private int _start;
    private int _end;
    private JsonDocument? _line;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>How many bytes were read.</summary>
    public long Bytes { get; private set; }

    /// <summary>Reads the first line, and refuses what is no bundle, or one of a newer format.</summary>
    /// <exception cref="InvalidBundleException">It is no bundle.</exception>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote it.</exception>
    public async ValueTask ReadHeaderAsync(CancellationToken cancellationToken)
    {
        var header = await ReadLineAsync("a bundle", cancellationToken).ConfigureAwait(false);
        if (!header.TryGetProperty("holdfast", out var kind) || kind.ValueKind != JsonValueKind.String || !kind.ValueEquals("bundle"u8))
        {
            throw Wrong("it is not the first line of a bundle.");
        }

        var version = Read(header, line => line.GetProperty("v").GetInt64());
        if (version > BundleFormat.Version)
        {
            throw new UnknownFormatException("The bundle", version, BundleFormat.Version);
        }

        if (Read(header, line => BundleHeads.Text(line, "kind")) is var said && said != BundleFormat.Export)
        {
            throw Wrong($"it is a bundle of the kind '{said}', which cannot be imported; only exports can.");
        }
    }

    /// <summary>Reads the next line.</summary>
    /// <param name="expected">What must come, for people.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The name of its first member, and the value of that; it is good until the next line is read.</returns>
    public async ValueTask<(string Name, JsonElement Value)> NextAsync(string expected, CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(expected, cancellationToken).ConfigureAwait(false);
        var member = line.EnumerateObject().First();
        return (member.Name, member.Value);
    }

    /// <summary>Refuses anything after the last line.</summary>
    public async ValueTask ExpectEndAsync(CancellationToken cancellationToken)
    {
        if (_start < _end || await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            Line++;
            throw Wrong("the bundle ended before it.");
        }
    }

    /// <summary>The error that the line that was read last is wrong.</summary>
    public InvalidBundleException Wrong(string what, Exception? innerException = null) => new(Line, what, innerException);

    /// <summary>Reads something from the line that was read last.</summary>
    /// <exception cref="InvalidBundleException">It is not there, or not what it must be.</exception>
    public T Read<T>(JsonElement element, Func<JsonElement, T> read)
    {
        try
        {
            return read(element);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or InvalidIdentifierException or CorruptStateException)
        {
            throw Wrong(e.Message, e);
        }
    }

    public void Dispose()
    {
        _line?.Dispose();
        _hash.Dispose();
    }

    private async ValueTask<JsonElement> ReadLineAsync(string expected, CancellationToken cancellationToken)
    {
        Line++;
        var (searched, length) = (0, 0);
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                length = searched + found + 1;
                break;
            }

            searched = _end - _start;
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                throw Wrong(searched == 0 ? $"the bundle ends here; {expected} is expected." : "it is cut off.");
            }
        }

        var line = _buffer.AsMemory(_start, length);
        (_start, Bytes) = (_start + length, Bytes + length);
        if (BundleFormat.Check(_hash, line.Span) is { } problem)
        {
            throw Wrong(Line == 1 ? $"this is no bundle, or a damaged one: {problem}" : problem);
        }

        return Parse(line);
    }

    private JsonElement Parse(ReadOnlyMemory<byte> line)
    {
        _line?.Dispose();
        _line = null;
        try
        {
            _line = JsonDocument.Parse(line, new() { MaxDepth = BundleBody.MaxDepth });
        }
        catch (JsonException e)
        {
            throw Wrong(e.Message, e);
        }

        return _line.RootElement;
    }

    // Reads more into the buffer; what was read of the line stays.
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }

        if (_end == _buffer.Length)
        {
            var rest = _end - _start;
            if (rest > BundleFormat.LongestLine)
            {
                throw Wrong("it is longer than any line of a bundle.");
            }

            // The line that was read last is a part of the buffer, and not needed any more.
            var buffer = _start > 0 && rest <= _buffer.Length / 2 ? _buffer : new byte[Math.Min((long)Math.Max(rest, ReadSize) * 2, Array.MaxLength)];
            _buffer.AsSpan(_start, rest).CopyTo(buffer);
            (_buffer, _start, _end) = (buffer, 0, rest);
        }

        var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }
}
