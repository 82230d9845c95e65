using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Logs;

/// <summary>Brings to the disk what was written, as the policy says.</summary>
internal sealed class FileDurability : IAsyncDisposable
{
    private readonly string _root;
    private readonly FileFsync _policy;
    private readonly ConcurrentDictionary<string, long> _dirty = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _failed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _dirtyDirectories = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _madeDirectories = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private readonly ITimer? _timer;

    public FileDurability(string root, FileLogOptions options)
    {
        _root = root;
        _policy = options.Fsync;
        if (_policy == FileFsync.Interval)
        {
            _timer = options.TimeProvider.CreateTimer(_ => FlushDirty(), null, options.FsyncInterval, options.FsyncInterval);
        }
    }

    /// <summary>Whether what <see cref="Flush"/> was called for is on the disk when it returns.</summary>
    public bool IsImmediate => _policy == FileFsync.Always;

    /// <summary>For tests: called before every flush of a file, to fail it as a disk does.</summary>
    internal Action? BeforeFlush { get; set; }

    /// <summary>Makes a directory and those above it, so that they stay.</summary>
    public void Make(string directory)
    {
        if (_madeDirectories.ContainsKey(directory))
        {
            return;
        }

        // Below the root also those that are there already: another process may have made them and died before it flushed.
        var isBelowRoot = directory.Length > _root.Length;
        var isNew = !Directory.Exists(directory);
        var parent = Path.GetDirectoryName(directory);
        if (parent is not null && (isBelowRoot || (isNew && !Directory.Exists(parent))))
        {
            Make(parent);
        }

        Directory.CreateDirectory(directory);
        if (parent is not null && (isBelowRoot || isNew))
        {
            FlushName(parent);
        }

        _madeDirectories.TryAdd(directory, true);
    }

    public bool HasMade(string directory) => _madeDirectories.ContainsKey(directory);

    /// <summary>Directories that were made may be gone: they are looked for again.</summary>
    public void ForgetDirectories() => _madeDirectories.Clear();

    /// <summary>What was written to a file from <paramref name="offset"/> on is brought to the disk, now or later.</summary>
    public void Flush(SafeFileHandle handle, string path, long offset)
    {
        if (_policy == FileFsync.Interval)
        {
            _dirty.AddOrUpdate(path, offset, (_, earlier) => Math.Min(earlier, offset));
        }
        else if (_policy == FileFsync.Always)
        {
            FlushNow(handle, path, offset);
        }
    }

    /// <summary>The names in a directory are brought to the disk, now or later.</summary>
    public void FlushName(string directory)
    {
        if (_policy == FileFsync.Interval)
        {
            _dirtyDirectories[directory] = true;
        }
        else if (_policy == FileFsync.Always)
        {
            DirectorySync.Flush(directory);
        }
    }

    /// <summary>Flushes a file under every policy.</summary>
    public void FlushNow(SafeFileHandle handle, string path, long offset)
    {
        try
        {
            BeforeFlush?.Invoke();
            RandomAccess.FlushToDisk(handle);
        }
        catch (IOException)
        {
            _failed.AddOrUpdate(path, offset, (_, earlier) => Math.Min(earlier, offset));
            throw;
        }
    }

    /// <summary>Writes again what a flush that failed did not bring to the disk. Callers hold the lock of the file.</summary>
    /// <remarks>
    /// A second flush alone would prove nothing: the system may have dropped the pages, or taken them for clean, when the first one failed
    /// (https://lwn.net/Articles/752063/).
    /// </remarks>
    public void Redo(FileSource source)
    {
        if (!_failed.TryGetValue(source.Path, out var offset))
        {
            return;
        }

        using var buffer = new PooledBuffer();
        while (offset < source.Length)
        {
            var count = (int)Math.Min(source.Length - offset, 1024 * 1024);
            var bytes = buffer.GetSpan(count)[..count];
            source.Read(bytes, offset);
            FileWrite.At(source.Handle, bytes, offset);
            offset += count;
        }

        BeforeFlush?.Invoke();
        RandomAccess.FlushToDisk(source.Handle);
        Forget(source.Path);
    }

    /// <summary>The file was replaced or removed: what it was is of no interest any more.</summary>
    public void Forget(string path)
    {
        _failed.TryRemove(path, out _);
        _dirty.TryRemove(path, out _);
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
            await _flushing.WaitAsync().ConfigureAwait(false);
            _flushing.Release();
            FlushDirty();
        }
    }

    // A failure is kept: the next append to the thread meets it, and writes what was not flushed once more before anything else.
    private void FlushDirty()
    {
        if (!_flushing.Wait(0))
        {
            return;
        }

        try
        {
            foreach (var path in _dirty.Keys)
            {
                FlushDirty(path);
            }

            foreach (var directory in _dirtyDirectories.Keys)
            {
                _dirtyDirectories.TryRemove(directory, out _);
                TryFlush(() => DirectorySync.Flush(directory), () => _dirtyDirectories[directory] = true);
            }
        }
        finally
        {
            _flushing.Release();
        }
    }

    private void FlushDirty(string path)
    {
        // Taken out first, so that what is written from now on is flushed next time.
        if (!_dirty.TryRemove(path, out var offset))
        {
            return;
        }

        TryFlush(
            () =>
            {
                using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                FlushNow(handle, path, offset);
            },
            () => _failed.AddOrUpdate(path, offset, (_, earlier) => Math.Min(earlier, offset)));
    }

    private static void TryFlush(Action flush, Action onFailure)
    {
        try
        {
            flush();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Erased meanwhile.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            onFailure();
        }
    }
}
