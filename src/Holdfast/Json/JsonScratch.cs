using System.Buffers;
using System.Text.Json;

namespace Holdfast;

/// <summary>A JSON writer and its buffer, one for each thread, which its next text uses again.</summary>
internal sealed class JsonScratch
{
    /// <summary>The largest buffer that a thread keeps, in bytes.</summary>
    private const int KeptBuffer = 64 * 1024;

    [ThreadStatic]
    private static JsonScratch? _idle;

    private readonly ArrayBufferWriter<byte> _buffer = new(4096);

    private JsonScratch() => Writer = new(_buffer, Utf8Json.WriterOptions);

    public Utf8JsonWriter Writer { get; }

    /// <summary>A writer that nobody else uses until <see cref="Finish"/>.</summary>
    public static JsonScratch Take()
    {
        var scratch = _idle ?? new();
        _idle = null;
        return scratch;
    }

    /// <summary>Ends the text.</summary>
    /// <returns>The text, which the next one overwrites: it is copied at once.</returns>
    public ReadOnlySpan<byte> Finish()
    {
        Writer.Flush();
        var text = _buffer.WrittenSpan;
        if (_buffer.Capacity <= KeptBuffer)
        {
            _buffer.ResetWrittenCount();
            Writer.Reset();
            _idle = this;
        }

        return text;
    }
}
