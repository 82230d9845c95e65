using System.Collections.Concurrent;
using System.IO.Enumeration;
using Microsoft.Extensions.Logging;

namespace Holdfast.Logs;

/// <summary>The heads of all threads. It is a cache: each head is checked against the state of its file before it is returned.</summary>
/// <param name="root">The directory of the log.</param>
/// <param name="locks">The locks of writers, under which index files are saved.</param>
/// <param name="states">What the log itself knows of files.</param>
/// <param name="logger">Told of files that cannot be read.</param>
internal sealed class FileIndex(RootDirectory root, ShardLocks locks, FileStates states, ILogger logger)
{
    private const int InputOutputError = 5;
    private const int TooManyLinks = 40;

    private readonly ConcurrentDictionary<string, ShardIndex> _shards = new(StringComparer.Ordinal);

    /// <summary>The heads of the threads of a tenant, or of all.</summary>
    /// <param name="tenant">The tenant; null for all.</param>
    /// <param name="idPrefix">How the ids begin that are wanted: those of which the file's name says otherwise are not looked at. Null for all.</param>
    /// <param name="cancellationToken">Ends the search between two directories.</param>
    public IReadOnlyList<ThreadHead> Heads(string? tenant, string? idPrefix, CancellationToken cancellationToken)
    {
        bool IsWanted(string name) => idPrefix is null || FileNames.MayBegin(name, idPrefix);
        var heads = new List<ThreadHead>();
        foreach (var directory in Shards(tenant))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var shard = _shards.GetOrAdd(directory, static path => new(path));
            lock (shard)
            {
                shard.Load();
                Refresh(shard, IsWanted);
                heads.AddRange(shard.Files.Where(file => IsWanted(file.Key)).Select(file => file.Value.State.Head));
                if (shard.IsWorthSaving)
                {
                    TrySave(shard);
                }
            }
        }

        return heads;
    }

    /// <summary>What is known of a thread's file, as it was when it was last looked at; null if nothing is.</summary>
    public FileState? Find(FilePlace place)
    {
        var shard = _shards.GetOrAdd(place.Shard, static path => new(path));
        lock (shard)
        {
            shard.Load();
            return shard.Find(Path.GetFileName(place.Path))?.State;
        }
    }

    /// <summary>Removes what is known of a thread that is about to be erased. Callers hold its writers' lock.</summary>
    public void Forget(FilePlace place)
    {
        var shard = _shards.GetOrAdd(place.Shard, static path => new(path));
        lock (shard)
        {
            shard.Forget(Path.GetFileName(place.Path));
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

    private List<string> Shards(string? tenant)
    {
        root.Recognize();
        IEnumerable<string> tenants = tenant is not null
            ? [Path.Combine(root.Path, FileNames.OfTenant(tenant))]
            : DirectoriesIn(root.Path).Where(path => Path.GetFileName(path) != FileNames.Quarantine);
        return [.. tenants.SelectMany(DirectoriesIn)];
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
            var known = shard.Find(name);
            if (!isWanted(name) || (known is { IsSettled: true } && known.Length == length && known.Modified == modified))
            {
                continue;
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

        shard.RemoveMissing(met);
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
            shard.NoteReading(name, succeeded: true);
            return state;
        }
        catch (Exception e) when (IsOfThisFileAlone(e))
        {
            root.ThrowIfGone();
            if (shard.NoteReading(name, succeeded: false))
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

        // A file by another name than its thread's is not that thread, whatever it says: a copy that somebody keeps beside it.
        if ((known?.Head.Key ?? FileHeader.ReadKey(source)) is not { } key || FilePlace.Of(root.Path, key).Path != path)
        {
            return null;
        }

        try
        {
            return states.Current(source, key, () => known);
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
            using var held = locks.TryEnter(shard.Directory);
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
