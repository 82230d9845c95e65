namespace Holdfast.Logs;

/// <summary>What the index knows of the files in one directory. Callers hold its lock.</summary>
internal sealed class ShardIndex(string directory)
{
    private readonly Dictionary<string, IndexedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _unreadable = new(StringComparer.Ordinal);
    private bool _isLoaded;
    private bool _isNewer;
    private int _unsaved;

    public string Directory => directory;

    /// <summary>The directory whose lock writers hold.</summary>
    public string LockDirectory => System.IO.Path.GetFileName(directory) == FileNames.Trunks ? System.IO.Path.GetDirectoryName(directory)! : directory;

    public IEnumerable<KeyValuePair<string, IndexedFile>> Files => _files;

    private string Path => System.IO.Path.Combine(directory, FileNames.Index);

    /// <summary>Whether enough has changed to be worth a write: what is not saved costs others a read of each file's tail, nothing else.</summary>
    public bool IsWorthSaving => _unsaved > 8 + (_files.Count / 8);

    public bool HasChanges => _unsaved > 0;

    /// <summary>Reads the index file, once.</summary>
    public void Load()
    {
        if (_isLoaded)
        {
            return;
        }

        _isLoaded = true;
        foreach (var (name, file) in ShardIndexFile.Read(Path, out _isNewer))
        {
            _files[name] = file;
        }
    }

    public IndexedFile? Find(string name) => _files.GetValueOrDefault(name);

    /// <summary>The files that could not be read when they were looked at last, and why.</summary>
    public IEnumerable<KeyValuePair<string, string>> Unreadable => _unreadable;

    /// <summary>Notes whether a file could be read.</summary>
    /// <param name="name">The file.</param>
    /// <param name="problem">Why not; null if it could.</param>
    /// <returns>Whether it is news that it could not.</returns>
    public bool NoteReading(string name, string? problem)
    {
        var isNews = problem is not null && !_unreadable.ContainsKey(name);
        if (problem is null)
        {
            _unreadable.Remove(name);
        }
        else
        {
            _unreadable[name] = problem;
        }

        return isNews;
    }

    public void Set(string name, IndexedFile file)
    {
        _files[name] = file;
        _unsaved++;
    }

    public void Remove(string name)
    {
        if (_files.Remove(name))
        {
            _unsaved++;
        }
    }

    /// <summary>Removes the files that were not met in the directory and really are not there.</summary>
    public void RemoveMissing(HashSet<string> met)
    {
        foreach (var name in _unreadable.Keys.Where(name => !met.Contains(name)).ToList())
        {
            _unreadable.Remove(name);
        }

        foreach (var name in _files.Keys.Where(name => !met.Contains(name)).ToList())
        {
            // A directory that changes while it is read may not show a file that is renamed over.
            if (!File.Exists(System.IO.Path.Combine(directory, name)))
            {
                Remove(name);
            }
        }
    }

    /// <summary>Removes a file that is about to be erased, also from the index file. Callers hold the directory's writers' lock.</summary>
    public void Forget(string name)
    {
        Load();
        if (!_isNewer && ShardIndexFile.Mentions(Path, name))
        {
            foreach (var (other, file) in ShardIndexFile.Read(Path, out _))
            {
                // What another process saved is as good as what this one knows: each is checked against its file.
                _files.TryAdd(other, file);
            }

            _files.Remove(name);
            ShardIndexFile.Write(Path, _files);
            _unsaved = 0;
        }

        _files.Remove(name);
    }

    /// <summary>Writes the index file. Callers hold the directory's writers' lock.</summary>
    public void Save()
    {
        if (_isNewer)
        {
            return;
        }

        // Nothing of a thread that another process erased meanwhile may be left behind, not even if it was begun anew.
        ShardIndexFile.Write(Path, _files.Where(IsCurrent).ToDictionary(StringComparer.Ordinal));
        _unsaved = 0;
    }

    private bool IsCurrent(KeyValuePair<string, IndexedFile> file)
    {
        var now = new FileInfo(System.IO.Path.Combine(directory, file.Key));
        return now.Exists && now.Length == file.Value.Length && now.LastWriteTimeUtc.Ticks == file.Value.Modified;
    }
}
