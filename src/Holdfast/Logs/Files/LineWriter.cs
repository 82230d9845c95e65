using System.Buffers.Text;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>Writes the lines of a thread's file.</summary>
internal static class LineWriter
{
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Writes the first line of a file: which format it has and which thread it is, whatever the file is called.</summary>
    public static void WriteHeader(PooledBuffer buffer, ThreadKey key, CommitId life, long firstVersion)
    {
        var start = buffer.Length;
        var writer = Begin(buffer);
        writer.WriteNumber("holdfast"u8, LineFormat.Version);
        writer.WriteString("space"u8, key.Space.ToName());
        writer.WriteString("tenant"u8, key.Tenant);
        writer.WriteString("id"u8, key.Id.Value);
        writer.WriteString("life"u8, life.Value);
        if (firstVersion != 1)
        {
            writer.WriteNumber("first"u8, firstVersion);
        }

        writer.Flush();
        LineFormat.Seal(buffer, start);
    }

    /// <summary>Writes the line of an entry.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="head">The head after it.</param>
    /// <param name="previous">The state before it; null for the first entry.</param>
    /// <returns>The checksum of the line.</returns>
    /// <remarks>The line of a keyframe tells the whole head, so that nothing before it is needed to know it.</remarks>
    public static uint WriteEntry(PooledBuffer buffer, LogEntry entry, ThreadHead head, FileState? previous)
    {
        var start = buffer.Length;
        var before = entry.IsKeyframe || head.KeyframeVersion != previous?.Head.KeyframeVersion ? null : previous.Head;
        var writer = Begin(buffer);
        WriteStart(writer, entry);
        HeadMembers.Write(writer, head, before, entry);
        if (before is null)
        {
            HeadMembers.WriteMaintained(writer, head);
            HeadMembers.WritePins(writer, previous?.Pins ?? [], []);
        }

        if (entry.RewrittenHash is { } rewritten)
        {
            WriteHashes(writer, entry.BodyHash, rewritten);
        }

        writer.Flush();
        return WriteBody(buffer, start, entry.Body.Span);
    }

    /// <summary>Writes the line of an entry with another body. Of the head it tells nothing any more.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="line">The line that there was.</param>
    /// <param name="entry">The entry that there was.</param>
    /// <param name="body">The new body.</param>
    public static void WriteRewritten(PooledBuffer buffer, ThreadLine line, LogEntry entry, ReadOnlySpan<byte> body)
    {
        var start = buffer.Length;
        var writer = Begin(buffer);
        WriteStart(writer, entry);
        line.Head.WriteChain(writer);
        WriteHashes(writer, entry.BodyHash, Digest.Compute(body));
        writer.Flush();
        WriteBody(buffer, start, body);
    }

    /// <summary>Writes the line by which maintenance changes a head.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="update">The change.</param>
    /// <param name="head">The head after it.</param>
    /// <returns>The checksum of the line.</returns>
    public static uint WriteUpdate(PooledBuffer buffer, HeadUpdate update, ThreadHead head)
    {
        var start = buffer.Length;
        var writer = Begin(buffer);
        HeadMembers.WriteUpdate(writer, update, head);
        writer.Flush();
        return LineFormat.Seal(buffer, start);
    }

    /// <summary>Writes the line that ends a rewritten file. Its id makes the end unlike every other, which tells writers that the file is another one.</summary>
    public static void WriteRewriteMark(PooledBuffer buffer, DateTimeOffset now, long revision)
    {
        var start = buffer.Length;
        var writer = Begin(buffer);
        LineFormat.WriteInstant(writer, "rewrittenAt"u8, now);
        writer.WriteString("mark"u8, Guid.NewGuid());
        writer.WriteNumber("revision"u8, revision);
        writer.Flush();
        LineFormat.Seal(buffer, start);
    }

    // The closing brace comes with the checksum.
    private static Utf8JsonWriter Begin(PooledBuffer buffer)
    {
        var writer = _writer ??= HeadCodec.Writer(buffer);
        writer.Reset(buffer);
        writer.WriteStartObject();
        return writer;
    }

    private static void WriteStart(Utf8JsonWriter writer, LogEntry entry)
    {
        writer.WriteNumber("version"u8, entry.Version);
        writer.WriteString("id"u8, entry.CommitId.Value);
        LineFormat.WriteInstant(writer, "at"u8, entry.At);
        if (entry.MessageCount != 0)
        {
            writer.WriteNumber("messages"u8, entry.MessageCount);
        }

        if (entry.IsKeyframe)
        {
            writer.WriteBoolean("keyframe"u8, true);
        }
    }

    private static void WriteHashes(Utf8JsonWriter writer, Digest hash, Digest rewritten)
    {
        LineFormat.WriteDigest(writer, "hash"u8, hash);
        LineFormat.WriteDigest(writer, "rewritten"u8, rewritten);
    }

    private static uint WriteBody(PooledBuffer buffer, int start, ReadOnlySpan<byte> body)
    {
        if (CanStandAsItIs(body))
        {
            buffer.Append(",\"body\":"u8);
            buffer.Append(body);
        }
        else
        {
            buffer.Append(",\"base64\":\""u8);
            Base64.EncodeToUtf8(body, buffer.GetSpan(Base64.GetMaxEncodedToUtf8Length(body.Length)), out _, out var written);
            buffer.Advance(written);
            buffer.Append("\""u8);
        }

        return LineFormat.Seal(buffer, start);
    }

    // No line has a zero, so one in the last line is a page that was not written.
    private static bool CanStandAsItIs(ReadOnlySpan<byte> body) => BodyKind.IsPlain(body) && body[^1] == (byte)'}' && body.IndexOfAny((byte)'\n', (byte)'\r', (byte)0) < 0;
}
