using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Holdfast.Logs;

/// <summary>Writes the lines of a thread's file.</summary>
internal static class LineWriter
{
    /// <summary>Names and metadata stay readable; nothing here is ever put into HTML.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A deeper body would be valid JSON that common tools refuse.</summary>
    private static readonly JsonReaderOptions Plain = new() { MaxDepth = 200 };

    /// <summary>Writes the first line of a file: which format it has and which thread it is, whatever the file is called.</summary>
    public static void WriteHeader(PooledBuffer buffer, ThreadKey key)
    {
        var start = buffer.Length;
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("holdfast"u8, LineFormat.Version);
            writer.WriteString("tenant"u8, key.Tenant);
            writer.WriteString("id"u8, key.Id.Value);
        }

        LineFormat.Seal(buffer, start);
    }

    /// <summary>Writes the line of an entry.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="head">The head after it.</param>
    /// <param name="previous">The head before it; null to tell the whole head.</param>
    /// <returns>The checksum of the line.</returns>
    public static uint WriteEntry(PooledBuffer buffer, LogEntry entry, ThreadHead head, ThreadHead? previous)
    {
        var start = buffer.Length;
        var derived = HeadFold.Next(previous, entry);
        var whole = previous is null || entry.IsKeyframe || derived.ChainHash != head.ChainHash;
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, entry.Version);
            writer.WriteString("id"u8, entry.CommitId.Value);
            writer.WriteString("at"u8, LineFormat.Format(entry.At));
            if (entry.MessageCount != 0)
            {
                writer.WriteNumber("messages"u8, entry.MessageCount);
            }

            if (entry.IsKeyframe)
            {
                writer.WriteBoolean("keyframe"u8, true);
            }

            HeadMembers.Write(writer, head, whole ? HeadFold.Next(null, entry) : derived, whole);
            if (entry.BodyHash != Digest.Compute(entry.Body.Span))
            {
                writer.WriteString("hash"u8, entry.BodyHash.ToString());
            }

            if (entry.RewrittenHash is not null)
            {
                writer.WriteBoolean("rewritten"u8, true);
            }
        }

        buffer.Append(","u8);
        return WriteBody(buffer, start, entry.Body.Span);
    }

    /// <summary>Writes a line again, with another body and all else as it was.</summary>
    public static void WriteRewritten(PooledBuffer buffer, ReadOnlySpan<byte> line, ThreadLine decoded, Digest hash, ReadOnlySpan<byte> body)
    {
        var start = buffer.Length;
        buffer.Append(line[..decoded.BodyMember]);
        if (!decoded.HasHash)
        {
            buffer.Append("\"hash\":\""u8);
            buffer.Append(System.Text.Encoding.ASCII.GetBytes(hash.ToString()));
            buffer.Append("\","u8);
        }

        if (!decoded.IsRewritten)
        {
            buffer.Append("\"rewritten\":true,"u8);
        }

        WriteBody(buffer, start, body);
    }

    /// <summary>Writes the line by which maintenance changes the expiry.</summary>
    public static uint WriteExpiry(PooledBuffer buffer, DateTimeOffset? expiresAt)
    {
        var start = buffer.Length;
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("expires"u8, expiresAt is { } instant ? LineFormat.Format(instant) : null);
        }

        return LineFormat.Seal(buffer, start);
    }

    /// <summary>Writes the line that ends a rewritten file. Its id makes the end unlike every other, which tells writers that the file is another one.</summary>
    public static uint WriteRewriteMark(PooledBuffer buffer, DateTimeOffset now)
    {
        var start = buffer.Length;
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("rewrittenAt"u8, LineFormat.Format(now));
            writer.WriteString("mark"u8, Guid.NewGuid());
        }

        return LineFormat.Seal(buffer, start);
    }

    private static uint WriteBody(PooledBuffer buffer, int start, ReadOnlySpan<byte> body)
    {
        if (IsPlain(body))
        {
            buffer.Append("\"body\":"u8);
            buffer.Append(body);
        }
        else
        {
            buffer.Append("\"base64\":\""u8);
            Base64.EncodeToUtf8(body, buffer.GetSpan(Base64.GetMaxEncodedToUtf8Length(body.Length)), out _, out var written);
            buffer.Advance(written);
            buffer.Append("\""u8);
        }

        return LineFormat.Seal(buffer, start);
    }

    /// <summary>Whether a body can stand in the line as it is: a JSON object on one line.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> body)
    {
        if (body.Length < 2 || body[0] != '{' || body[^1] != '}' || body.IndexOfAny((byte)'\n', (byte)'\r') >= 0 || !Utf8.IsValid(body))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(body, Plain);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
