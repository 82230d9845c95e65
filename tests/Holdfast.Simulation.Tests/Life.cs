using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>What truly happened to one life of a thread, as the log's answers tell.</summary>
internal sealed class Life(CommitId id, ThreadKey key)
{
    private readonly Dictionary<long, CommitId> _commits = [];

    public CommitId Id => id;

    /// <summary>Where it stands, or stood last.</summary>
    public ThreadKey Key { get; set; } = key;

    public bool HasEnded { get; set; }

    public long Begun { get; private set; }

    public long First { get; set; }

    /// <summary>The lowest version that can be read, here or in the archive.</summary>
    public long FirstToRead => Properties.GetValueOrDefault(HeadProperties.ArchivedTo) is { } archived ? Math.Min(First, long.Parse(archived.Split(' ')[0], CultureInfo.InvariantCulture)) : First;

    public long Last { get; private set; }

    public Dictionary<CommitId, Pin> Pins { get; } = [];

    public Dictionary<string, string> Properties { get; } = [];

    /// <summary>The fork's origin, where it is one.</summary>
    public ForkBody? Fork { get; private set; }

    /// <summary>The digests of the bodies as they are now.</summary>
    public Dictionary<long, Digest> Bodies { get; } = [];

    public bool IsShown => !Properties.ContainsKey(HeadProperties.Unpinned) && !Properties.ContainsKey(HeadProperties.Incomplete);

    public void Add(LogEntry entry)
    {
        if (_commits.Count == 0)
        {
            (Begun, First) = (entry.Version, entry.Version);
            Fork = ForkBody.Read(entry);
        }

        _commits[entry.Version] = entry.CommitId;
        Bodies[entry.Version] = entry.StoredHash;
        Last = entry.Version;
    }

    /// <summary>Whether the commit is, or was, at this version of this life.</summary>
    public bool Has(long version, CommitId commit) => _commits.TryGetValue(version, out var found) && found == commit;

    public bool Has(CommitId commit) => _commits.ContainsValue(commit);

    public CommitId CommitAt(long version) => _commits[version];
}
