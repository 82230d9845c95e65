using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>A line of a thread's file, read up to its body.</summary>
/// <remarks>It is an entry when it has a version, and otherwise a mark of maintenance that may change the head.</remarks>
internal sealed class ThreadLine
{
    private int _bodyStart;
    private bool _isBase64;
    private Digest? _hash;
    private Digest? _rewrittenHash;

    public long Version { get; private set; }

    public CommitId CommitId { get; private set; }

    public HeadMembers Head { get; } = new();

    public bool IsEntry => Version > 0;

    private DateTimeOffset At { get; set; }

    private int Messages { get; set; }

    private bool IsKeyframe { get; set; }

    /// <summary>Reads a whole line whose checksum was found right.</summary>
    /// <exception cref="FileDamageException">It is not a line that this format has.</exception>
    public static ThreadLine Decode(ReadOnlySpan<byte> line)
    {
        var decoded = new ThreadLine();
        try
        {
            decoded.Read(line);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException or OverflowException
            or CorruptStateException or InvalidIdentifierException)
        {
            throw new FileDamageException(decoded.Version, $"a line has the right checksum, but not the members that were expected: {e.Message}", e);
        }

        return decoded;
    }

    /// <summary>Makes the entry of the line; its body is a copy.</summary>
    public LogEntry ToEntry(ThreadKey key, ReadOnlySpan<byte> line)
    {
        var body = Body(line);
        return new()
        {
            Key = key,
            Version = Version,
            CommitId = CommitId,
            At = At,
            MessageCount = Messages,
            IsKeyframe = IsKeyframe,
            BodyHash = _hash ?? Digest.Compute(body),
            RewrittenHash = _rewrittenHash,
            Body = body,
        };
    }

    private byte[] Body(ReadOnlySpan<byte> line)
    {
        var text = LineFormat.Content(line)[_bodyStart..];
        if (!_isBase64)
        {
            return text.ToArray();
        }

        text = text[1..^1];
        var body = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length) - Padding(text)];
        return Base64.DecodeFromUtf8(text, body, out _, out var written) == OperationStatus.Done && written == body.Length
            ? body
            : throw new FileDamageException(Version, "the line has the right checksum, but its body is not base64");
    }

    private static int Padding(ReadOnlySpan<byte> base64) => base64.EndsWith("=="u8) ? 2 : base64.EndsWith("="u8) ? 1 : 0;

    // Up to the body, which is taken as it is, without being parsed.
    private void Read(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, isFinalBlock: true, LineFormat.ReaderState);
        reader.Read();
        while (_bodyStart == 0 && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadMember(ref reader, LineFormat.Content(line).Length);
        }

        if (IsEntry && _bodyStart == 0)
        {
            throw new FormatException("There is no body.");
        }
    }

    private void ReadMember(ref Utf8JsonReader reader, int end)
    {
        if (reader.ValueTextEquals("version"u8))
        {
            Version = HeadMembers.Number(ref reader);
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            CommitId = new(reader.GetGuid());
        }
        else if (reader.ValueTextEquals("at"u8))
        {
            At = LineFormat.ParseInstant(HeadMembers.Text(ref reader));
        }
        else if (reader.ValueTextEquals("messages"u8))
        {
            Messages = checked((int)HeadMembers.Number(ref reader));
        }
        else if (reader.ValueTextEquals("keyframe"u8))
        {
            reader.Read();
            IsKeyframe = reader.GetBoolean();
        }
        else if (reader.ValueTextEquals("hash"u8))
        {
            _hash = Digest.Parse(HeadMembers.Text(ref reader)!);
        }
        else if (reader.ValueTextEquals("rewritten"u8))
        {
            _rewrittenHash = Digest.Parse(HeadMembers.Text(ref reader)!);
        }
        else if (reader.ValueTextEquals("body"u8) || reader.ValueTextEquals("base64"u8))
        {
            _isBase64 = reader.ValueTextEquals("base64"u8);
            _bodyStart = checked((int)reader.BytesConsumed);
            if (end - _bodyStart < 2)
            {
                throw new FormatException("The body is cut.");
            }
        }
        else if (!Head.TryRead(ref reader))
        {
            // A member of a later version of the library that this one need not know.
            reader.Read();
            reader.TrySkip();
        }
    }
}
