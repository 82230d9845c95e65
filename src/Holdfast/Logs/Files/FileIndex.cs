using System.Collections.Concurrent;
using System.IO.Enumeration;
using Microsoft.Extensions.Logging;

namespace Holdfast.Logs;

/// <summary>The heads of all threads. It is a cache: each head is checked against the state of its file before it is returned.</summary>
/// <param name="root">The directory of the log.</param>
/// <param name="locks">The locks of writers, under which index files are saved.</param>
/// <param name="states">What the log itself knows of files.</param>
/// <param name="timeProvider">The clock by which a listing becomes too old to answer from.</param>
/// <param name="logger">Told of files that cannot be read.</param>
internal sealed class FileIndex(RootDirectory root, ShardLocks locks, FileStates states, TimeProvider timeProvider, ILogger logger)
{
    private const int InputOutputError = 5;
    private const int TooManyLinks = 40;

    private readonly ConcurrentDictionary<string, ShardIndex> _shards = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(ThreadSpace, string?, string?), HeadSnapshot> _snapshots = new();

    /// <summary>Answers a listing. The first page looks at every file; those after it, for a while, only at the files of the threads that they return.</summary>
    /// <remarks>So the pages after the first may miss what was begun since. All that they return is as it is.</remarks>
    public HeadPage Page(HeadQuery query, CancellationToken cancellationToken)
    {
        var of = (query.Space, query.Tenant, query.Filter.IdPrefix);
        if (HeadCursor.Parse(query) is { } after && _snapshots.TryGetValue(of, out var snapshot) && !snapshot.IsTooOld(timeProvider))
        {
            return snapshot.Page(query, after, Now);
        }

        var heads = Heads(query, cancellationToken, out var leftOut);
        snapshot = new([.. heads], timeProvider);
        foreach (var (other, old) in _snapshots)
        {
            if (old.IsTooOld(timeProvider))
            {
                _snapshots.TryRemove(other, out _);
            }
        }

        _snapshots[of] = snapshot;
        return HeadOrder.Page(snapshot.Heads, query) with { LeftOut = leftOut };
    }

    private List<ThreadHead> Heads(HeadQuery query, CancellationToken cancellationToken, out List<AgentStateException> leftOut)
    {
        // Files of which the name says that their threads are not wanted are not looked at.
        bool IsWanted(string name) => query.Filter.IdPrefix is not { } prefix
            || (query.Space == ThreadSpace.Trunks ? FileNames.MayTrunkBegin(name, prefix) : FileNames.MayBegin(name, prefix));
        var heads = new List<ThreadHead>();
        leftOut = [];
        foreach (var directory in Shards(query.Space, query.Tenant))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var shard = Shard(directory);
            lock (shard)
            {
                shard.Load();
                Refresh(shard, IsWanted);
                heads.AddRange(shard.Files.Where(file => IsWanted(file.Key)).Select(file => file.Value.State.Head));
                leftOut.AddRange(shard.Unreadable.Where(file => IsWanted(file.Key))
                    .Select(file => new CorruptStateException($"The file '{Path.Combine(directory, file.Key)}' cannot be read: {file.Value}")));
                if (shard.IsWorthSaving)
                {
                    TrySave(shard);
                }
            }
        }

        return heads;
    }

    /// <summary>What is known of a thread's file, as it was when it was last looked at; null if nothing is.</summary>
    public FileState? Find(ThreadKey key)
    {
        var place = FilePlace.Of(root.Path, key);
        var shard = Shard(place.Directory);
        lock (shard)
        {
            shard.Load();
            return shard.Find(place.Name)?.State;
        }
    }

    /// <summary>Removes what is known of a thread that is about to be erased. Callers hold its writers' lock.</summary>
    public void Forget(FilePlace place)
    {
        var shard = Shard(place.Directory);
        lock (shard)
        {
            shard.Forget(place.Name);
        }
    }

    /// <summary>Saves what is not saved yet.</summary>
    public void SaveAll()
    {
        foreach (var shard in _shards.Values)
        {
            lock (shard)
            {
                if (shard.HasChanges)
                {
                    TrySave(shard);
                }
            }
        }
    }

    private ShardIndex Shard(string directory) => _shards.GetOrAdd(directory, static path => new(path));

    private List<string> Shards(ThreadSpace space, string? tenant)
    {
        root.Recognize();
        var directory = Path.Combine(root.Path, FileNames.OfSpace(space));
        IEnumerable<string> tenants = tenant is not null ? [Path.Combine(directory, FileNames.OfTenant(tenant))] : DirectoriesIn(directory);
        var shards = tenants.SelectMany(DirectoriesIn);
        return [.. space == ThreadSpace.Trunks ? shards.Select(shard => Path.Combine(shard, FileNames.Trunks)).Where(Directory.Exists) : shards];
    }

    private string[] DirectoriesIn(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory);
        }
        catch (DirectoryNotFoundException)
        {
            root.ThrowIfGone();
            return [];
        }
    }

    private void Refresh(ShardIndex shard, Func<string, bool> isWanted)
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, length, modified) in Files(shard.Directory))
        {
            met.Add(name);
            if (isWanted(name))
            {
                Refresh(shard, name, length, modified);
            }
        }

        shard.RemoveMissing(met);
    }

    private void Refresh(ShardIndex shard, string name, long length, long modified)
    {
        var known = shard.Find(name);
        if (known is { IsSettled: true } && known.Length == length && known.Modified == modified)
        {
            return;
        }

        var isSettled = FileTimes.IsSettled(modified);
        if (TryStateOf(shard, name, known?.State) is not { } state)
        {
            shard.Remove(name);
        }
        else if (known is null || known.IsSettled || isSettled || known.Length != length || known.State.Stamp != state.Stamp)
        {
            shard.Set(name, new(state, length, modified, isSettled));
        }
    }

    // The head of a thread that was listed, as it is now.
    private ThreadHead? Now(ThreadHead listed)
    {
        var place = FilePlace.Of(root.Path, listed.Key);
        var file = new FileInfo(place.Path);
        var shard = Shard(place.Directory);
        lock (shard)
        {
            if (file.Exists)
            {
                Refresh(shard, place.Name, file.Length, file.LastWriteTimeUtc.Ticks);
            }
            else
            {
                root.ThrowIfGone();
                shard.Remove(place.Name);
            }

            return shard.Find(place.Name)?.State.Head;
        }
    }

    // One look at each file, also at one that goes away meanwhile.
    private static FileSystemEnumerable<(string Name, long Length, long Modified)> Files(string directory) => new(
        directory,
        static (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.Length, entry.LastWriteTimeUtc.UtcTicks))
    {
        ShouldIncludePredicate = static (ref FileSystemEntry entry) => entry.FileName.EndsWith(FileNames.Extension, StringComparison.Ordinal),
    };

    // One file that cannot be read must not hide all the others.
    private FileState? TryStateOf(ShardIndex shard, string name, FileState? known)
    {
        var path = Path.Combine(shard.Directory, name);
        try
        {
            var state = StateOf(path, known);
            shard.NoteReading(name, null);
            return state;
        }
        catch (Exception e) when (IsOfThisFileAlone(e))
        {
            root.ThrowIfGone();
            if (shard.NoteReading(name, e.Message))
            {
                FileLogMessages.LeftOut(logger, path, e.Message);
            }

            return null;
        }
    }

    // A directory in its place, no right to read it, a bad block, links in a circle, a newer format. Not: too many open files.
    private static bool IsOfThisFileAlone(Exception e)
        => e is UnauthorizedAccessException or UnknownFormatException or FileDamageException or IOException { HResult: InputOutputError or TooManyLinks };

    private FileState? StateOf(string path, FileState? known)
    {
        using var source = root.TryOpen(path, FileAccess.Read);
        if (source is null)
        {
            return null;
        }

        if (known is not null && source.Stamp() == known.Stamp)
        {
            return known;
        }

        if ((known?.Head.Key ?? FileHeader.ReadKey(source, root.Path)) is not { } key || FilePlace.Of(root.Path, key).Path != path)
        {
            return null;
        }

        try
        {
            return states.Current(source, key, _ => known);
        }
        catch (FileDamageException)
        {
            // Who opens the thread is told of the damage; it is listed as far as it is known.
            return known ?? states.Find(key) ?? WholePart.StateOf(source, key);
        }
    }

    private void TrySave(ShardIndex shard)
    {
        try
        {
            using var held = locks.TryEnter(shard.LockDirectory);
            if (held is not null)
            {
                shard.Save();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without it the tails are read again.
        }
    }
}
