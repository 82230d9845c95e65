using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads a whole thread and compares everything that is stored twice.</summary>
/// <param name="key">The thread.</param>
/// <param name="head">Its head; null if it cannot be read.</param>
internal sealed class ThreadVerifier(ThreadKey key, ThreadHead? head)
{
    /// <summary>After so many damaged entries in a row, without a head that tells where the thread ends, there are no more to look for.</summary>
    private const int MostDamagedInARow = 1000;

    private readonly List<VerificationProblem> _problems = [];
    private ThreadState _state = new();
    private Digest? _chain;
    private DateTimeOffset _at;
    private bool _isFolding;
    private long _entries;
    private long _next = 1;
    private long _keyframe;
    private long _newestWhole;

    /// <param name="log">The log.</param>
    /// <param name="headDamage">Why the head cannot be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask<VerificationReport> VerifyAsync(ICommitLog log, CorruptStateException? headDamage, CancellationToken cancellationToken)
    {
        if (headDamage is not null)
        {
            Report(0, headDamage.Message);
        }

        var isWhole = await ReadAsync(log, cancellationToken).ConfigureAwait(false);
        if (head is not null)
        {
            CheckHead(head, isWhole);
        }

        return new(key.Id, head?.Version ?? _newestWhole, _entries, _problems);
    }

    // Reads on after each damaged entry. Returns whether all could be read.
    private async ValueTask<bool> ReadAsync(ICommitLog log, CancellationToken cancellationToken)
    {
        var (from, to, inARow) = (1L, head?.Version ?? long.MaxValue, 0);
        while (true)
        {
            var before = _entries;
            try
            {
                await foreach (var entry in log.ReadAsync(key, from, to, cancellationToken: cancellationToken).ConfigureAwait(false))
                {
                    Check(entry);
                }

                return from == 1;
            }
            catch (CorruptStateException e)
            {
                inARow = _entries == before ? inARow + 1 : 1;
                if (e.Version >= from || from == 1)
                {
                    Report(e.Version, e.Message);
                }

                if (e.Version < from || e.Version >= to || inARow >= MostDamagedInARow)
                {
                    return false;
                }

                (from, _next, _isFolding, _chain) = (e.Version + 1, e.Version + 1, false, null);
            }
        }
    }

    private void Check(LogEntry entry)
    {
        _entries++;
        if (_entries == 1)
        {
            // Older entries may have been dropped on purpose; then a keyframe tells the hash before it.
            (_isFolding, _chain) = (entry.Version == 1, entry.Version == 1 ? ChainHash.Start : null);
        }
        else if (entry.Version != _next)
        {
            Report(_next, $"expected an entry; version {entry.Version} comes next.");
        }

        if (entry.Version == 1 && head is not null)
        {
            Expect(0, "when it was created", head.CreatedAt, entry.At);
        }

        Expect(entry.Version, "the thread", key, entry.Key);
        _at = entry.At;
        _next = entry.Version + 1;
        _keyframe = entry.IsKeyframe ? entry.Version : _keyframe;
        try
        {
            Fold(entry, CommitBodyReader.Read(entry));
            _newestWhole = entry.Version;
        }
        catch (AgentStateException e)
        {
            Report(entry.Version, e.Message);
            _isFolding = false;
        }

        _chain = _chain is { } chain ? ChainHash.Next(chain, entry) : null;
    }

    private void Fold(LogEntry entry, CommitBody body)
    {
        Expect(entry.Version, "when it was made", entry.At, body.At);
        Expect(entry.Version, "whether it is a keyframe", entry.IsKeyframe, body.State is not null);
        if (body.ChainBefore is { } before)
        {
            Expect(entry.Version, "the chain hash before it", _chain ?? before, before);
            _chain ??= before;
        }

        // A body that was replaced need not lead to the state that the original one led to.
        _isFolding &= entry.RewrittenHash is null;
        if (_isFolding)
        {
            _state.Apply(entry, body);
        }

        if (body.State is { } keyframe)
        {
            if (_isFolding && !_state.SameAs(keyframe))
            {
                Report(entry.Version, "expected the keyframe to be what the commits before it fold to; it is another state.");
            }

            // Whatever was dropped, replaced or damaged before it: from here on it can be folded again.
            (_state, _isFolding) = (keyframe, true);
        }
    }

    private void CheckHead(ThreadHead head, bool isWhole)
    {
        if (isWhole)
        {
            Expect(0, "the newest version", head.Version, _next - 1);
            Expect(0, "the newest keyframe", head.KeyframeVersion, _keyframe);
            Expect(0, "when it was updated", head.UpdatedAt, _at);
        }

        if (isWhole || (_chain is not null && _next - 1 == head.Version))
        {
            Expect(0, "the chain hash", head.ChainHash, _chain ?? ChainHash.Start);
            if (_isFolding)
            {
                CheckState(head);
            }
        }
    }

    private void CheckState(ThreadHead head)
    {
        if (_state.DisagreementWith(head) is { } what)
        {
            Report(0, what);
        }

        var metadata = _state.Find(SectionNames.Metadata);
        if (head.Metadata.Count != (metadata?.Count ?? 0)
            || head.Metadata.Any(pair => metadata?.TryGetValue(pair.Key, out var json) is not true || !JsonElement.DeepEquals(pair.Value, Utf8Json.Parse(json))))
        {
            Report(0, "expected the metadata that the commits have; the head has other metadata.");
        }
    }

    private void Expect<T>(long version, string what, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
        {
            Report(version, $"{what}: expected {expected}, found {found}.");
        }
    }

    private void Report(long version, string what) => _problems.Add(new(version, what));
}
