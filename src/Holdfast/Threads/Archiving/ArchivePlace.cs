using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>What the archive of a store has of its threads: each under the key that it has in the store, or had before it was erased there.</summary>
/// <param name="log">The log of the store.</param>
/// <param name="archive">The archive.</param>
internal sealed class ArchivePlace(ICommitLog log, StoreContext archive)
{
    private const int BytesAtOnce = 4 << 20;

    /// <summary>Where it is, for people.</summary>
    public string Name { get; } = NameOf(archive.Log);

    private string Source { get; } = NameOf(log);

    private ICommitLog Log => archive.Unguarded;

    /// <summary>What there is of a life of a thread.</summary>
    public async ValueTask<ThreadHead?> FindAsync(ThreadKey key, CommitId life, CancellationToken cancellationToken)
    {
        foreach (var place in PlacesOf(key, life))
        {
            if (await Log.GetHeadAsync(place, cancellationToken).ConfigureAwait(false) is { } head && head.Life == life)
            {
                return head;
            }
        }

        return null;
    }

    /// <summary>Reads entries of a thread.</summary>
    public async IAsyncEnumerable<LogEntry> ReadAsync(ThreadHead head, long from, long to, ReadDirection direction, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var place in PlacesOf(head.Key, head.Life))
        {
            var isThere = false;
            await foreach (var entry in Log.ReadAsync(new ReadRequest { Key = place, From = from, To = to, Life = head.Life, Direction = direction }, cancellationToken).ConfigureAwait(false))
            {
                isThere = true;
                yield return entry.Key == head.Key ? entry : entry with { Key = head.Key };
            }

            if (isThere)
            {
                yield break;
            }
        }
    }

    /// <summary>Takes all of a thread that the log has. Others may do the same, and a part may be there already.</summary>
    /// <param name="head">The thread as it is in the log; it has the note that says where it is archived.</param>
    /// <param name="cancellationToken">Ends it between two entries; the next one goes on there.</param>
    /// <exception cref="CommitConflictException">Another thread is there under the same id.</exception>
    /// <exception cref="StateConfigurationException">The archive is the log itself, or has an archive of its own.</exception>
    public async ValueTask TakeAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        await MakeRoomAsync(head, cancellationToken).ConfigureAwait(false);
        var properties = new Dictionary<string, string>(head.Properties, StringComparer.Ordinal) { [HeadProperties.ArchivedFrom] = Source };
        var copied = head with { Properties = properties, ExpiresAt = null, DueAt = null, Pins = null };
        await new ThreadCopy(new LogSource(log, copied), archive).RunAsync(_ => { }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Compares what the log has of a thread with what is here, and replaces the bodies that are different: what was redacted while it was copied.</summary>
    /// <returns>Whether they are the same now; false if bodies are being replaced at this moment.</returns>
    public async ValueTask<bool> CompareAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        // Read first: whoever replaces bodies does it here after the log, too.
        if (await FindAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false) is not { } archived)
        {
            return false;
        }

        var entries = ReadAsync(head, head.FirstVersion, head.Version, ReadDirection.Forward, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var ending = entries.ConfigureAwait(false);
        var (different, bytes) = (new Dictionary<long, ReadOnlyMemory<byte>>(), 0);
        await foreach (var entry in log.ReadAsync(new ReadRequest { Key = head.Key, From = head.FirstVersion, To = head.Version, Life = head.Life }, cancellationToken).ConfigureAwait(false))
        {
            if (!await entries.MoveNextAsync().ConfigureAwait(false) || entries.Current.Version != entry.Version)
            {
                throw new CorruptStateException(head.Key, entry.Version, $"it was copied to the archive ({Name}), which does not have it.");
            }

            if (entries.Current.StoredHash != entry.StoredHash && bytes < BytesAtOnce)
            {
                different.Add(entry.Version, entry.Body);
                bytes += entry.Body.Length;
            }
        }

        return different.Count == 0
            || (await Log.RewriteAsync(new RewriteRequest { Key = archived.Key, Replacements = different, IfUnchanged = archived.Stamp }, cancellationToken).ConfigureAwait(false)
                && (bytes < BytesAtOnce || await CompareAsync(head, cancellationToken).ConfigureAwait(false)));
    }

    /// <summary>Replaces bodies, and drops the oldest entries.</summary>
    public async ValueTask RewriteAsync(ThreadHead head, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow, CancellationToken cancellationToken)
    {
        while (await FindAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false) is { } archived)
        {
            var drop = dropBelow > archived.FirstVersion ? dropBelow : 0;
            var first = Math.Max(drop, archived.FirstVersion);
            var request = new RewriteRequest
            {
                Key = archived.Key,
                Replacements = replacements.Where(body => body.Key >= first && body.Key < archived.KeyframeVersion).ToDictionary(),
                DropBelow = drop,
                IfUnchanged = archived.Stamp,
            };
            if ((request.Replacements.Count == 0 && drop == 0) || await Log.RewriteAsync(request, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>Whether a version of a thread is a keyframe, wherever it is.</summary>
    public async ValueTask<bool> IsKeyframeAsync(ThreadHead head, long version, CancellationToken cancellationToken)
    {
        var request = new ReadRequest { Key = head.Key, From = version, To = version, Life = head.Life };
        var entries = version >= head.FirstVersion ? log.ReadAsync(request, cancellationToken) : ReadAsync(head, version, version, ReadDirection.Forward, cancellationToken);
        return await entries.AnyAsync(entry => entry.IsKeyframe, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Erases what there is of a life of a thread.</summary>
    public async ValueTask EraseAsync(ThreadKey key, CommitId life, CancellationToken cancellationToken)
    {
        while (await FindAsync(key, life, cancellationToken).ConfigureAwait(false) is { } archived)
        {
            await Log.EraseAsync(new EraseRequest { Key = archived.Key, IfUnchanged = archived.Stamp }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Erases what there is of a life of a thread that the store does not have any more.</summary>
    public async ValueTask EraseOrphanAsync(ThreadKey key, CommitId life, CancellationToken cancellationToken)
    {
        if (!await HasAsync(key, life, cancellationToken).ConfigureAwait(false))
        {
            await EraseAsync(key, life, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Erases what there is of a thread whose head in the store could not be read, so that it is not known which life it had.</summary>
    public async ValueTask EraseOrphanAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        if (await Log.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is { } archived && IsOurs(archived))
        {
            await EraseOrphanAsync(key, archived.Life, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The threads here that this store has moved and does not have any more.</summary>
    /// <param name="tenant">The tenant; null for all.</param>
    /// <param name="userId">Whose they are; null for anybody's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<ThreadHead> OrphansAsync(string? tenant, string? userId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var space in new[] { ThreadSpace.Threads, ThreadSpace.Trunks })
        {
            var query = new HeadQuery
            {
                Space = space,
                Tenant = tenant,
                Filter = ThreadQuery.All with { UserId = userId },
                AsOf = archive.Now,
                Expired = ExpiredFilter.Include,
            };
            await foreach (var archived in Log.ListAllAsync(query, cancellationToken).ConfigureAwait(false))
            {
                if (IsOurs(archived) && !await HasAsync(archived.Key, archived.Life, cancellationToken).ConfigureAwait(false))
                {
                    yield return archived;
                }
            }
        }
    }

    private bool IsOurs(ThreadHead archived) => archived.Properties.GetValueOrDefault(HeadProperties.ArchivedFrom) == Source;

    // Without what stands in brackets at the end: settings, and versions of servers, which change.
    private static string NameOf(ICommitLog log) => log.Description is var text && text.EndsWith(')') && text.LastIndexOf(" (", StringComparison.Ordinal) is > 0 and var end ? text[..end] : text;

    // The names of a life: that of the thread, and that of what is kept of it once it was erased.
    private static IEnumerable<ThreadKey> PlacesOf(ThreadKey key, CommitId life)
    {
        yield return key;
        if (key.Space == ThreadSpace.Threads)
        {
            yield return ThreadKey.Trunk(key, life);
        }
        else if (key.TryGetTrunk(out var thread, out _))
        {
            yield return thread;
        }
    }

    private async ValueTask<bool> HasAsync(ThreadKey key, CommitId life, CancellationToken cancellationToken)
    {
        foreach (var place in PlacesOf(key, life))
        {
            try
            {
                if ((await log.GetHeadAsync(place, cancellationToken).ConfigureAwait(false))?.Life == life)
                {
                    return true;
                }
            }
            catch (CorruptStateException)
            {
                // It may be the one.
                return true;
            }
        }

        return false;
    }

    // The key is that of the thread in the store, and no life that has ended there keeps it from the one that is there now.
    private async ValueTask MakeRoomAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        foreach (var place in PlacesOf(head.Key, head.Life))
        {
            if (await Log.GetHeadAsync(place, cancellationToken).ConfigureAwait(false) is not { } archived)
            {
                continue;
            }

            if (archived.Life == head.Life)
            {
                // No copy has that note.
                if (archived.Properties.ContainsKey(HeadProperties.ArchivedTo))
                {
                    throw new StateConfigurationException(
                        $"The archive ({Name}) is the store itself, or a store that has an archive of its own: thread '{head.Key}' stands there as one that is archived. It must be another place.");
                }

                if (place != head.Key && place.Space == ThreadSpace.Threads)
                {
                    await Log.EraseAsync(new EraseRequest { Key = place, IfUnchanged = archived.Stamp, KeepAsTrunk = true }, cancellationToken).ConfigureAwait(false);
                }
                else if (!IsOurs(archived))
                {
                    var ours = new Dictionary<string, string?> { [HeadProperties.ArchivedFrom] = Source };
                    await Log.UpdateHeadAsync(new() { Key = place, IfLife = archived.Life, Properties = ours }, cancellationToken).ConfigureAwait(false);
                }
            }
            else if (place == head.Key && IsOurs(archived))
            {
                var isKept = await HasAsync(archived.Key, archived.Life, cancellationToken).ConfigureAwait(false);
                await Log.EraseAsync(new EraseRequest { Key = place, IfUnchanged = archived.Stamp, KeepAsTrunk = isKept }, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
