using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Writes the lines of a bundle, one at a time.</summary>
/// <remarks>Not thread safe. What it keeps in memory is one line.</remarks>
internal sealed class BundleWriter(Stream output) : IDisposable
{
    /// <summary>A buffer that has become larger than this is given up after its line.</summary>
    private const int LargestKept = 1 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _seal = new byte[BundleFormat.SealLength];
    private ArrayBufferWriter<byte> _line = new();
    private long _entries;
    private long _bodies;

    /// <summary>How many threads were written whole.</summary>
    public long Threads { get; private set; }

    /// <summary>How many entries the threads that were written whole have.</summary>
    public long Entries { get; private set; }

    /// <summary>How many bytes were written.</summary>
    public long Bytes { get; private set; }

    public ValueTask WriteHeaderAsync(string kind, DateTimeOffset at, CancellationToken cancellationToken) => WriteAsync(
        writer =>
        {
            writer.WriteString("holdfast"u8, "bundle");
            writer.WriteNumber("v"u8, BundleFormat.Version);
            writer.WriteString("kind"u8, kind);
            BundleHeads.WriteTime(writer, "at"u8, at);
        },
        cancellationToken);

    public ValueTask BeginThreadAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        (_entries, _bodies) = (0, 0);
        return WriteAsync("thread", writer => BundleHeads.Write(writer, head), cancellationToken);
    }

    public ValueTask WriteEntryAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        _entries++;
        _bodies += entry.Body.Length;
        return WriteAsync("entry", writer => Write(writer, entry), cancellationToken);
    }

    /// <summary>Ends a thread that was written whole.</summary>
    public ValueTask EndThreadAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        Threads++;
        Entries += _entries;
        return WriteAsync(
            "end",
            writer =>
            {
                writer.WriteNumber("entries"u8, _entries);
                writer.WriteNumber("bytes"u8, _bodies);
                writer.WriteString("chain"u8, head.ChainHash.ToString());
            },
            cancellationToken);
    }

    /// <summary>Ends a thread that could not be written whole: it does not count.</summary>
    public ValueTask CutThreadAsync(string why, CancellationToken cancellationToken) => WriteAsync("cut", writer => writer.WriteString("why"u8, why), cancellationToken);

    /// <summary>Says, in a quarantine, what of a thread could not be read, or was wrong.</summary>
    public ValueTask WriteProblemAsync(VerificationProblem problem, CancellationToken cancellationToken) => WriteAsync(
        "problem",
        writer =>
        {
            writer.WriteNumber("version"u8, problem.Version);
            writer.WriteString("what"u8, problem.What);
        },
        cancellationToken);

    /// <summary>Ends the bundle.</summary>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(
            "total",
            writer =>
            {
                writer.WriteNumber("threads"u8, Threads);
                writer.WriteNumber("entries"u8, Entries);
            },
            cancellationToken).ConfigureAwait(false);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _hash.Dispose();

    private static void Write(Utf8JsonWriter writer, LogEntry entry)
    {
        writer.WriteNumber("version"u8, entry.Version);
        writer.WriteString("commit"u8, entry.CommitId.Value);
        BundleHeads.WriteTime(writer, "at"u8, entry.At);
        writer.WriteNumber("messages"u8, entry.MessageCount);
        writer.WriteBoolean("keyframe"u8, entry.IsKeyframe);
        writer.WriteString("hash"u8, entry.BodyHash.ToString());
        if (entry.RewrittenHash is { } rewritten)
        {
            writer.WriteString("rewritten"u8, rewritten.ToString());
        }

        BundleBody.Write(writer, entry.Body);
    }

    private ValueTask WriteAsync(string member, Action<Utf8JsonWriter> write, CancellationToken cancellationToken) => WriteAsync(
        writer =>
        {
            writer.WriteStartObject(member);
            write(writer);
            writer.WriteEndObject();
        },
        cancellationToken);

    private async ValueTask WriteAsync(Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        using (var writer = HeadCodec.Writer(_line))
        {
            writer.WriteStartObject();
            write(writer);
        }

        _hash.AppendData(_line.WrittenSpan);
        BundleFormat.Seal(_hash, _seal);
        await output.WriteAsync(_line.WrittenMemory, cancellationToken).ConfigureAwait(false);
        await output.WriteAsync(_seal, cancellationToken).ConfigureAwait(false);
        Bytes += _line.WrittenCount + _seal.Length;
        if (_line.Capacity > LargestKept)
        {
            _line = new();
        }
        else
        {
            _line.ResetWrittenCount();
        }
    }
}
