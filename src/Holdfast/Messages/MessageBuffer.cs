using System.Buffers;

namespace Holdfast;

/// <summary>Room for the texts of messages that wait for their commit. Once they are stored, the room is used for the next ones.</summary>
internal sealed class MessageBuffer
{
    /// <summary>The largest room that is used again, in bytes.</summary>
    private const int KeptBytes = 64 * 1024;

    private ArrayBufferWriter<byte> _texts = new(2048);

    /// <summary>Whether others may hold texts after the commit, so that the room is left to them.</summary>
    public bool IsLent { get; set; }

    /// <summary>Copies a text to the room.</summary>
    /// <returns>The copy; it stays as it is until <see cref="Reset"/>.</returns>
    public ReadOnlyMemory<byte> Add(ReadOnlySpan<byte> text)
    {
        // Where the room grows, earlier texts stay in the array that they are in.
        _texts.Write(text);
        return _texts.WrittenMemory[^text.Length..];
    }

    /// <summary>Gives the room up for the next texts, unless it was lent.</summary>
    public void Reset()
    {
        if (IsLent || _texts.Capacity > KeptBytes)
        {
            (_texts, IsLent) = (new(2048), false);
        }
        else
        {
            _texts.ResetWrittenCount();
        }
    }
}
