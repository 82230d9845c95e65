using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The entries of a thread in a bundle. They are read once, and verified as they are read.</summary>
/// <remarks>Strict: an entry that is missing or not what was committed, and entries that fold to something else than the head says, are wrong lines.</remarks>
internal sealed class BundleSource(BundleReader reader, BodyPipeline bodies, ThreadHead head) : EntrySource(head)
{
    private readonly ThreadVerifier _verifier = new(bodies, head.Key, head);
    private long _next = head.FirstVersion;
    private long _bytes;
    private CommitId? _newest;

    /// <summary>Whether the last line of the thread was read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the export could not write the thread whole, so that it does not count.</summary>
    public bool IsCut { get; private set; }

    /// <summary>How many entries were read.</summary>
    public long Entries => _next - Head.FirstVersion;

    public override async IAsyncEnumerable<LogEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!HasEnded)
        {
            var (name, value) = await reader.NextAsync($"version {_next} of thread '{Head.Key}', or its end,", cancellationToken).ConfigureAwait(false);
            switch (name)
            {
                case "entry" when _next <= Head.Version:
                    yield return Take(reader.Read(value, Entry));
                    break;
                case "end":
                    End(value);
                    break;
                case "cut":
                    (HasEnded, IsCut) = (true, true);
                    throw new CutException();
                default:
                    throw reader.Wrong($"version {_next} of thread '{Head.Key}', or its end, is expected; found '{name}'.");
            }
        }
    }

    public override async ValueTask<CommitId?> NewestAsync(CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken).ConfigureAwait(false);
        return IsCut ? throw new CutException() : _newest;
    }

    /// <summary>Reads and verifies what is left of the thread.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var entry in ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                _ = entry;
            }
        }
        catch (CutException)
        {
            // It does not count.
        }
    }

    private LogEntry Entry(JsonElement entry) => new()
    {
        Key = Head.Key,
        Version = entry.GetProperty("version").GetInt64(),
        CommitId = new(entry.GetProperty("commit").GetGuid()),
        At = BundleHeads.Time(entry, "at") ?? throw new FormatException("'at' is missing."),
        MessageCount = entry.GetProperty("messages").GetInt32(),
        IsKeyframe = entry.GetProperty("keyframe").GetBoolean(),
        BodyHash = Digest.Parse(BundleHeads.Text(entry, "hash")),
        RewrittenHash = entry.TryGetProperty("rewritten", out var rewritten) ? Digest.Parse(rewritten.GetString() ?? "") : null,
        Body = BundleBody.Read(entry),
    };

    private LogEntry Take(LogEntry entry)
    {
        if (entry.Version != _next)
        {
            throw reader.Wrong($"version {_next} of thread '{Head.Key}' is expected; found version {entry.Version}.");
        }

        _verifier.Check(entry);
        RefuseProblems();
        (_next, _newest, _bytes) = (_next + 1, entry.CommitId, _bytes + entry.Body.Length);
        return entry;
    }

    private void End(JsonElement end)
    {
        var (entries, bytes, chain) = reader.Read(end, said => (said.GetProperty("entries").GetInt64(), said.GetProperty("bytes").GetInt64(), Digest.Parse(BundleHeads.Text(said, "chain"))));
        if (_next != Head.Version + 1 || entries != Entries || bytes != _bytes || chain != Head.ChainHash)
        {
            throw reader.Wrong($"thread '{Head.Key}' should have {Head.Version - Head.FirstVersion + 1} entries up to the chain hash {Head.ChainHash}; {Entries} with {_bytes} bytes came, and this line says {entries} with {bytes}, up to {chain}.");
        }

        _verifier.Conclude(isWhole: true);
        RefuseProblems();
        if (ThreadCheck.DisagreementOf(_verifier, Head) is { } what)
        {
            throw reader.Wrong($"thread '{Head.Key}' cannot be trusted: {what}");
        }

        HasEnded = true;
    }

    private void RefuseProblems()
    {
        if (_verifier.Problems is [var problem, ..])
        {
            throw reader.Wrong($"thread '{Head.Key}' cannot be trusted{(problem.Version > 0 ? $" at version {problem.Version}" : "")}: {problem.What}");
        }
    }

    /// <summary>The export could not write the thread whole.</summary>
    public sealed class CutException : Exception;
}
