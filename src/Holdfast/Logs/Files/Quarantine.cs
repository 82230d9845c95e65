using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Holdfast.Logs;

/// <summary>Keeps copies of damaged files, and of what is about to be cut off, so that a hasty repair loses nothing.</summary>
internal sealed class Quarantine(RootDirectory root)
{
    private const int ReadSize = 128 * 1024;

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    /// <summary>Copies a thread's file, unless this very content was copied before. Callers hold the lock of its directory.</summary>
    /// <remarks>A file that did not change since it was copied is not read again: calls that meet the same damage again and again keep nobody waiting.</remarks>
    /// <returns>The copy; null if it could not be made.</returns>
    public string? Keep(FilePlace place)
    {
        var temporary = FileNames.Temporary(place.Shard);
        try
        {
            var file = new FileInfo(place.Path);
            var (length, modified) = (file.Length, file.LastWriteTimeUtc.Ticks);
            if (_kept.TryGetValue(place.Path, out var kept) && kept.Length == length && kept.Modified == modified && File.Exists(kept.Copy))
            {
                return kept.Copy;
            }

            var copy = Path.Combine(DirectoryOf(place), $"{NameOf(place)}.{DigestOf(place.Path)}{FileNames.Extension}");
            if (!File.Exists(copy))
            {
                Directory.CreateDirectory(DirectoryOf(place));
                File.Copy(place.Path, temporary);
                File.Move(temporary, copy, overwrite: true);
            }

            if (FileTimes.IsSettled(modified))
            {
                _kept[place.Path] = new(length, modified, copy);
            }

            return copy;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TemporaryFiles.TryDelete(temporary);
            return null;
        }
    }

    /// <summary>Removes the copies of a thread's file.</summary>
    public void Remove(FilePlace place)
    {
        _kept.TryRemove(place.Path, out _);
        if (!Directory.Exists(DirectoryOf(place)))
        {
            return;
        }

        foreach (var copy in Directory.EnumerateFiles(DirectoryOf(place), NameOf(place) + ".*"))
        {
            File.Delete(copy);
        }
    }

    /// <summary>Gives the copies of a thread's file the name of the trunk that the thread becomes.</summary>
    public void Rename(FilePlace place, FilePlace trunk)
    {
        _kept.TryRemove(place.Path, out _);
        if (!Directory.Exists(DirectoryOf(place)))
        {
            return;
        }

        foreach (var copy in Directory.EnumerateFiles(DirectoryOf(place), NameOf(place) + ".*"))
        {
            Directory.CreateDirectory(DirectoryOf(trunk));
            File.Move(copy, Path.Combine(DirectoryOf(trunk), NameOf(trunk) + Path.GetFileName(copy)[NameOf(place).Length..]), overwrite: true);
        }
    }

    private static string NameOf(FilePlace place) => Path.GetFileNameWithoutExtension(place.Path);

    private string DigestOf(string path)
    {
        using var source = root.TryOpen(path, FileAccess.Read) ?? throw new FileNotFoundException(null, path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var buffer = new PooledBuffer(ReadSize);
        for (var offset = 0L; offset < source.Length;)
        {
            var bytes = buffer.GetSpan(ReadSize)[..(int)Math.Min(ReadSize, source.Length - offset)];
            source.Read(bytes, offset);
            hash.AppendData(bytes);
            offset += bytes.Length;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private string DirectoryOf(FilePlace place) => Path.Combine(root.Path, FileNames.Quarantine, place.Key.Space.ToName(), FileNames.OfTenant(place.Key.Tenant));

    private sealed record Kept(long Length, long Modified, string Copy);
}
