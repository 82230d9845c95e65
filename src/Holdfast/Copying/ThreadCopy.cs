using Holdfast.Logs;

namespace Holdfast;

/// <summary>Copies one thread from a log to another, entry by entry: versions, ids, times, hashes and bytes stay.</summary>
/// <remarks>
/// The target shows the thread once it is whole: until then its head says that it was deleted. A copy that was cut off is taken up where it ended,
/// and commits that the source has got since the last copy are added. Nothing is ever overwritten.
/// </remarks>
internal sealed class ThreadCopy(ICommitLog source, ICommitLog target, ThreadHead head, DateTimeOffset now)
{
    private Digest _chain = ChainHash.Start;
    private long _version;
    private long _keyframe;

    /// <summary>How many entries were written.</summary>
    public long Commits { get; private set; }

    /// <summary>How many bytes of bodies were written.</summary>
    public long Bytes { get; private set; }

    /// <param name="copied">Called after each entry that the target has, with the bytes that were written for it.</param>
    /// <param name="cancellationToken">Ends the copy between two entries.</param>
    public async ValueTask RunAsync(Action<int> copied, CancellationToken cancellationToken)
    {
        var standing = await target.GetHeadAsync(head.Key, cancellationToken).ConfigureAwait(false);
        if (standing is not null && standing.Version >= head.Version)
        {
            await CompareAsync(standing, cancellationToken).ConfigureAwait(false);
            return;
        }

        await foreach (var entry in source.ReadAsync(head.Key, 1, head.Version, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            var after = _chain;
            Check(entry);
            if (entry.Version > (standing?.Version ?? 0))
            {
                await AppendAsync(entry, after, cancellationToken).ConfigureAwait(false);
                copied(entry.Body.Length);
            }
            else
            {
                copied(0);
                if (entry.Version == standing?.Version && _chain != standing.ChainHash)
                {
                    throw Different(entry.Version, standing.Version);
                }
            }
        }

        if (_chain != head.ChainHash)
        {
            throw new CorruptStateException(head.Key, 0, $"expected the chain hash {head.ChainHash} in the source; found {_chain}.");
        }

        await ReadBackAsync(cancellationToken).ConfigureAwait(false);
    }

    // The target has as many versions or more: it is the same thread if it has the newest commit of the source.
    private async ValueTask CompareAsync(ThreadHead standing, CancellationToken cancellationToken)
    {
        var isSame = standing.Version == head.Version
            ? standing.ChainHash == head.ChainHash
            : await CommitAtHeadAsync(source, cancellationToken).ConfigureAwait(false) is { } commit
                && commit == await CommitAtHeadAsync(target, cancellationToken).ConfigureAwait(false);
        if (!isSame)
        {
            throw Different(head.Version, standing.Version);
        }

        if (standing.Version == head.Version && standing.ExpiresAt != head.ExpiresAt)
        {
            await target.SetExpiryAsync(head.Key, head.ExpiresAt, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<CommitId?> CommitAtHeadAsync(ICommitLog log, CancellationToken cancellationToken)
    {
        await foreach (var entry in log.ReadAsync(head.Key, head.Version, head.Version, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            return entry.CommitId;
        }

        return null;
    }

    private void Check(LogEntry entry)
    {
        var expected = _version + 1;
        if (entry.Version != expected)
        {
            throw expected == 1
                ? new CorruptStateException(head.Key, 1, $"its commits before version {entry.Version} were dropped, and a copy needs all of them.")
                : new CorruptStateException(head.Key, expected, $"the entry is missing; version {entry.Version} comes next.");
        }

        if (Digest.Compute(entry.Body.Span) is var hash && hash != entry.StoredHash)
        {
            throw new CorruptStateException(head.Key, entry.Version, $"expected a body with the hash {entry.StoredHash}; found one with {hash}.");
        }

        _version = entry.Version;
        _chain = ChainHash.Next(_chain, entry);
        _keyframe = entry.IsKeyframe ? entry.Version : _keyframe;
    }

    private async ValueTask AppendAsync(LogEntry entry, Digest after, CancellationToken cancellationToken)
    {
        var isLast = entry.Version == head.Version;
        var request = new AppendRequest
        {
            Entry = entry,
            After = after,
            Begins = entry.Version == 1,
            Head = isLast ? head : head with
            {
                Version = entry.Version,
                KeyframeVersion = _keyframe,
                ChainHash = _chain,
                UpdatedAt = entry.At,
                DeletedAt = head.DeletedAt ?? now,
            },
        };
        var result = await target.AppendAsync(request, cancellationToken).ConfigureAwait(false);
        if (result.Outcome == AppendOutcome.Conflict)
        {
            throw Different(entry.Version, result.CurrentVersion);
        }

        Commits++;
        Bytes += entry.Body.Length;
    }

    private async ValueTask ReadBackAsync(CancellationToken cancellationToken)
    {
        (_version, _chain) = (0, ChainHash.Start);
        await foreach (var entry in target.ReadAsync(head.Key, 1, head.Version, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            Check(entry);
        }

        if (_chain != head.ChainHash)
        {
            throw new CorruptStateException(head.Key, 0, $"expected the chain hash {head.ChainHash} in the copy; found {_chain}.");
        }
    }

    private CommitConflictException Different(long expected, long actual)
        => new(head.Key, expected, actual, "the target has a thread with this id whose commits are not those of the source");
}
