using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Logs;

/// <summary>The locks of writers: one of this process and one of the operating system for each directory of threads.</summary>
/// <param name="timeout">How long to wait for both.</param>
/// <param name="onFirstEntry">Called for each directory when its lock is held for the first time. It must not throw.</param>
internal sealed class ShardLocks(TimeSpan timeout, Action<string> onFirstEntry)
{
    // The operating system cannot wake us when another process lets go, so we ask again; the jitter keeps two that ask from staying in step.
    private const double LongestPause = 10;

    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlockLinux = 11;
    private const int WouldBlockMac = 35;

    private readonly ConcurrentDictionary<string, Shard> _shards = new(StringComparer.Ordinal);

    /// <summary>Waits for the locks of a directory, which must be there.</summary>
    /// <returns>What lets go of the locks when disposed.</returns>
    /// <exception cref="StoreUnavailableException">Others held a lock for too long.</exception>
    public async ValueTask<Held> EnterAsync(string directory, CancellationToken cancellationToken)
    {
        var shard = _shards.GetOrAdd(directory, static _ => new());
        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        if (!await shard.Gate.WaitAsync(timeout, cancellationToken).ConfigureAwait(false))
        {
            throw TimedOut(directory, "this process");
        }

        try
        {
            SafeFileHandle? handle;
            var pause = 1.0;
            while ((handle = TryLock(directory)) is null)
            {
                if (clock.GetElapsedTime(began) > timeout)
                {
                    throw TimedOut(directory, "another process");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(pause * (0.5 + Random.Shared.NextDouble())), clock, cancellationToken).ConfigureAwait(false);
                pause = Math.Min(pause * 1.5, LongestPause);
            }

            var held = new Held(shard, handle);
            if (!shard.IsKnown)
            {
                onFirstEntry(directory);
                shard.IsKnown = true;
            }

            return held;
        }
        catch
        {
            shard.Gate.Release();
            throw;
        }
    }

    /// <summary>Takes the locks of a directory if nobody holds them.</summary>
    public Held? TryEnter(string directory)
    {
        var shard = _shards.GetOrAdd(directory, static _ => new());
        if (!shard.Gate.Wait(0))
        {
            return null;
        }

        var handle = default(SafeFileHandle);
        try
        {
            handle = TryLock(directory);
            return handle is null ? null : new Held(shard, handle);
        }
        finally
        {
            if (handle is null)
            {
                shard.Gate.Release();
            }
        }
    }

    private static SafeFileHandle? TryLock(string directory)
    {
        try
        {
            // The file is never deleted: who locked a deleted one would hold another lock than who comes after.
            return File.OpenHandle(Path.Combine(directory, FileNames.Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is SharingViolation or WouldBlockLinux or WouldBlockMac)
        {
            return null;
        }
    }

    private StoreUnavailableException TimedOut(string directory, string holder)
        => new($"The lock of '{directory}' was not free within {timeout}: {holder} holds it. Nothing was written; try again.");

    /// <summary>The locks while they are held.</summary>
    public sealed class Held(Shard shard, SafeFileHandle handle) : IDisposable
    {
        public void Dispose()
        {
            handle.Dispose();
            shard.Gate.Release();
        }
    }

    /// <summary>One directory.</summary>
    public sealed class Shard
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public bool IsKnown { get; set; }
    }
}
