using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads a whole thread and compares everything that is stored twice.</summary>
internal sealed class ThreadVerifier(ThreadHead head)
{
    private readonly List<VerificationProblem> _problems = [];
    private ThreadState _state = new();
    private Digest? _chain;
    private DateTimeOffset _at;
    private bool _isFolding;
    private long _entries;
    private long _next = 1;
    private long _keyframe;

    public async ValueTask<VerificationReport> VerifyAsync(ICommitLog log, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var entry in log.ReadAsync(head.Key, 1, head.Version, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                Check(entry);
            }
        }
        catch (CorruptStateException e)
        {
            Report(e.Version, e.Message);
            return new(head.Key.Id, head.Version, _entries, _problems);
        }

        Expect(0, "the newest version", head.Version, _next - 1);
        Expect(0, "the chain hash", head.ChainHash, _chain ?? ChainHash.Start);
        Expect(0, "the newest keyframe", head.KeyframeVersion, _keyframe);
        Expect(0, "when it was updated", head.UpdatedAt, _at);
        if (_isFolding)
        {
            CheckHead();
        }

        return new(head.Key.Id, head.Version, _entries, _problems);
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
            Report(_next, $"the entry is missing; version {entry.Version} comes next.");
        }

        if (entry.Version == 1)
        {
            Expect(0, "when it was created", head.CreatedAt, entry.At);
        }

        Expect(entry.Version, "the thread", head.Key, entry.Key);
        _at = entry.At;
        _next = entry.Version + 1;
        _keyframe = entry.IsKeyframe ? entry.Version : _keyframe;
        try
        {
            Fold(entry, CommitBodyReader.Read(entry));
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
        _isFolding &= !entry.IsRewritten;
        if (_isFolding)
        {
            _state.Apply(entry, body);
        }

        if (body.State is { } keyframe)
        {
            if (_isFolding && !_state.SameAs(keyframe))
            {
                Report(entry.Version, "the keyframe is not what the commits before it fold to.");
            }

            // Whatever was dropped, replaced or damaged before it: from here on it can be folded again.
            (_state, _isFolding) = (keyframe, true);
        }
    }

    private void CheckHead()
    {
        if (_state.DisagreementWith(head) is { } what)
        {
            Report(0, what);
        }

        var metadata = _state.Find(SectionNames.Metadata);
        if (head.Metadata.Count != (metadata?.Count ?? 0)
            || head.Metadata.Any(pair => metadata?.TryGetValue(pair.Key, out var json) is not true || !JsonElement.DeepEquals(pair.Value, Utf8Json.Parse(json))))
        {
            Report(0, "the head has other metadata than the commits.");
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
