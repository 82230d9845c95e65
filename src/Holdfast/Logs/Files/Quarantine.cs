using System.Security.Cryptography;

namespace Holdfast.Logs;

/// <summary>Keeps a copy of every damaged file, so that a hasty repair loses nothing.</summary>
internal sealed class Quarantine(string directory)
{
    /// <summary>Copies a damaged file, unless this very content was copied before. Callers hold the lock of its directory.</summary>
    /// <returns>The copy; null if it could not be made.</returns>
    public string? Keep(FilePlace place)
    {
        var temporary = FileNames.Temporary(place.Shard);
        try
        {
            string digest;
            using (var content = File.Open(place.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            {
                digest = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8));
            }

            var copy = Path.Combine(DirectoryOf(place), $"{NameOf(place)}.{digest}{FileNames.Extension}");
            if (!File.Exists(copy))
            {
                Directory.CreateDirectory(DirectoryOf(place));
                File.Copy(place.Path, temporary);
                File.Move(temporary, copy, overwrite: true);
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
        if (!Directory.Exists(DirectoryOf(place)))
        {
            return;
        }

        foreach (var copy in Directory.EnumerateFiles(DirectoryOf(place), NameOf(place) + ".*"))
        {
            File.Delete(copy);
        }
    }

    private static string NameOf(FilePlace place) => Path.GetFileNameWithoutExtension(place.Path);

    private string DirectoryOf(FilePlace place) => Path.Combine(directory, FileNames.Quarantine, FileNames.OfTenant(place.Key.Tenant));
}
