using System.Runtime.InteropServices;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>The recent entries of all threads, as the writer's transaction sees them.</summary>
internal sealed class RecentEntries(long lastSequence)
{
    private readonly Dictionary<long, List<RecentEntry>> _ofThreads = [];
    private long _settledTo = RecentEntry.SettledTo(lastSequence);

    /// <summary>The sequence for the next entry.</summary>
    public long NextSequence { get; private set; } = lastSequence + 1;

    /// <summary>Whether the file has grown so much that entries are to be settled.</summary>
    public bool AreDue => RecentEntry.SettledTo(NextSequence - 1) > _settledTo;

    /// <summary>The recent entries of a thread, by version; empty if it has none.</summary>
    public IReadOnlyList<RecentEntry> Of(long thread) => _ofThreads.TryGetValue(thread, out var entries) ? entries : [];

    public void Add(in RecentEntry entry)
    {
        if (!_ofThreads.TryGetValue(entry.Thread, out var entries))
        {
            _ofThreads.Add(entry.Thread, entries = []);
        }

        entries.Add(entry);
        NextSequence = Math.Max(NextSequence, entry.Sequence + 1);
    }

    /// <summary>Removes the entries of a thread below a version, which were deleted.</summary>
    public void RemoveBelow(long thread, long version)
    {
        if (_ofThreads.TryGetValue(thread, out var entries) && entries.RemoveAll(entry => entry.Version < version) > 0 && entries.Count == 0)
        {
            _ofThreads.Remove(thread);
        }
    }

    /// <summary>Settles what is no longer recent.</summary>
    public void Settle(ThreadTable threads, EntryTable table)
    {
        _settledTo = RecentEntry.SettledTo(NextSequence - 1);
        foreach (var (thread, entries) in _ofThreads)
        {
            var settled = entries.FindIndex(entry => entry.Sequence > _settledTo);
            settled = settled < 0 ? entries.Count : settled;
            if (settled == 0)
            {
                continue;
            }

            threads.Settle(entries[^1]);
            foreach (ref readonly var entry in CollectionsMarshal.AsSpan(entries)[..settled])
            {
                table.Settle(entry);
            }

            entries.RemoveRange(0, settled);
            if (entries.Count == 0)
            {
                _ofThreads.Remove(thread);
            }
        }
    }
}
