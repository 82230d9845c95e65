using System.Globalization;
using System.Text;

namespace Holdfast.Cli;

/// <summary>Reads lines of UTF-8, and refuses one that is something else: it would be stored as other characters than were meant.</summary>
/// <remarks>A line ends with LF, CR LF or CR, or with the input. A byte order mark at the beginning is left out.</remarks>
internal sealed class Utf8LineReader(Stream input) : TextReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _next;
    private int _end;
    private long _lines;
    private bool _skipLineFeed;

    /// <exception cref="ToolException">The line is not UTF-8. The next call reads the line after it.</exception>
    public override string? ReadLine()
    {
        using var line = new MemoryStream();
        var isEmpty = true;
        while (Fill())
        {
            if (_skipLineFeed && _buffer[_next] == '\n')
            {
                _next++;
                _skipLineFeed = false;
                continue;
            }

            _skipLineFeed = false;
            isEmpty = false;
            var rest = _buffer.AsSpan(_next, _end - _next);
            var length = rest.IndexOfAny((byte)'\n', (byte)'\r');
            line.Write(length < 0 ? rest : rest[..length]);
            if (length >= 0)
            {
                _skipLineFeed = rest[length] == '\r';
                _next += length + 1;
                return Text(line);
            }

            _next = _end;
        }

        return isEmpty ? null : Text(line);
    }

    protected override void Dispose(bool disposing)
    {
        input.Dispose();
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        if (_next == _end)
        {
            (_next, _end) = (0, input.Read(_buffer));
        }

        return _next < _end;
    }

    private string Text(MemoryStream line)
    {
        _lines++;
        var bytes = line.GetBuffer().AsSpan(0, (int)line.Length);
        try
        {
            return Strict.GetString(_lines == 1 && bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw ToolException.Input(
                string.Create(CultureInfo.InvariantCulture, $"Line {_lines} of the input is not UTF-8 (byte {Hex(e.BytesUnknown)} at position {e.Index + 1}); it was not said."),
                "Convert the input, for example with iconv -t UTF-8.");
        }
    }

    private static string Hex(byte[]? bytes) => string.Join(' ', (bytes ?? []).Select(value => $"0x{value:X2}"));
}
