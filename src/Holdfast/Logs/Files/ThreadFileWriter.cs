using Microsoft.Extensions.Logging;

namespace Holdfast.Logs;

/// <summary>Writes lines at the end of the files of threads.</summary>
internal sealed class ThreadFileWriter(FileDurability durability, FileStates states, Quarantine quarantine, ILogger logger)
{
    /// <summary>Writes lines after those that are there, so that they are durable or gone.</summary>
    /// <returns>When the file was made.</returns>
    public long Write(FilePlace place, FileSource? source, FileState? state, PooledBuffer lines)
    {
        var offset = state?.Stamp.Length ?? 0;
        if (source?.Length > offset)
        {
            KeepUnlessOneLine(place, source, offset);
        }

        using var created = source is null
            ? File.OpenHandle(place.Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)
            : null;
        var handle = created ?? source!.Handle;
        try
        {
            if (source?.Length > offset)
            {
                // What a crash left of a line that was never confirmed.
                RandomAccess.SetLength(handle, offset);
            }

            FileWrite.At(handle, lines.Written, offset);
        }
        catch (IOException e)
        {
            throw TakeBack(place, handle, offset, e);
        }

        try
        {
            durability.Flush(handle, place.Path, offset);
            if (state is not { IsAnchored: true })
            {
                durability.FlushName(place.Directory);
            }
        }
        catch (IOException e)
        {
            states.Remove(place.Key);
            throw FileCommitLog.Unavailable(place, e, outcomeUnknown: true);
        }

        return state?.Made ?? FileBirth.Of(handle);
    }

    // A crash leaves the beginning of one line. What may be more than that is copied before it is cut off: it may be all that is left of a thread.
    public void KeepUnlessOneLine(FilePlace place, FileSource source, long offset)
    {
        if (offset > 0 && !source.HasAny(offset, source.Length - 1, 0, (byte)'\n'))
        {
            return;
        }

        var copy = quarantine.Keep(place)
            ?? throw new IOException($"what is at its end, from byte {offset} on, is not a whole line and must be cut off, but could not be copied first. Nothing was written.");
        FileLogMessages.CutOff(logger, place.Path, copy);
    }

    private StoreUnavailableException TakeBack(FilePlace place, Microsoft.Win32.SafeHandles.SafeFileHandle handle, long offset, IOException failure)
    {
        states.Remove(place.Key);
        try
        {
            RandomAccess.SetLength(handle, offset);
            if (offset == 0)
            {
                File.Delete(place.Path);
            }

            return FileCommitLog.Unavailable(place, failure);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FileCommitLog.Unavailable(place, failure, outcomeUnknown: true);
        }
    }
}
