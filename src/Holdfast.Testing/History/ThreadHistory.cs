using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>Compares the entries of one thread, as they are read, with what was acknowledged.</summary>
internal sealed class ThreadHistory
{
    private readonly Dictionary<CommitId, long> _acknowledged = [];
    private readonly Dictionary<CommitId, long> _standing = [];
    private Digest _chain = ChainHash.Start;
    private long _version;
    private long _keyframe;

    public ThreadHistory(ThreadKey key, IReadOnlyList<AcknowledgedCommit> acknowledged)
    {
        Key = key;
        foreach (var byVersion in acknowledged.GroupBy(commit => commit.Version).Where(commits => commits.Distinct().Count() > 1))
        {
            Problems.Add($"version {byVersion.Key} was acknowledged to several commits: {string.Join(", ", byVersion.Select(commit => commit.CommitId))}");
        }

        foreach (var commit in acknowledged)
        {
            if (_acknowledged.TryGetValue(commit.CommitId, out var version) && version != commit.Version)
            {
                Problems.Add($"commit {commit.CommitId} was acknowledged at version {version} and at version {commit.Version}");
            }

            _acknowledged[commit.CommitId] = commit.Version;
        }
    }

    public List<string> Problems { get; } = [];

    public int Unacknowledged { get; private set; }

    private ThreadKey Key { get; }

    public void Add(LogEntry entry)
    {
        if (entry.Key != Key)
        {
            Problems.Add($"version {entry.Version} is an entry of thread '{entry.Key}'");
        }

        if (entry.Version != _version + 1)
        {
            Problems.Add($"version {_version} is followed by version {entry.Version}");
        }

        if (!_standing.TryAdd(entry.CommitId, entry.Version))
        {
            Problems.Add($"commit {entry.CommitId} stands at version {_standing[entry.CommitId]} and at version {entry.Version}");
        }

        if (Digest.Compute(entry.Body.Span) != entry.StoredHash)
        {
            Problems.Add($"the body of version {entry.Version} does not have its digest");
        }

        Unacknowledged += _acknowledged.ContainsKey(entry.CommitId) ? 0 : 1;
        _chain = ChainHash.Next(_chain, entry);
        _keyframe = entry.IsKeyframe ? entry.Version : _keyframe;
        _version = entry.Version;
    }

    public void Finish(ThreadHead? head)
    {
        foreach (var (commit, version) in _acknowledged)
        {
            if (!_standing.TryGetValue(commit, out var standing))
            {
                Problems.Add($"commit {commit}, acknowledged at version {version}, is gone");
            }
            else if (standing != version)
            {
                Problems.Add($"commit {commit}, acknowledged at version {version}, stands at version {standing}");
            }
        }

        if (head is null)
        {
            Problems.Add("there is no head");
            return;
        }

        if (head.Version != _version)
        {
            Problems.Add($"the head is at version {head.Version} and the last entry at version {_version}");
        }

        if (head.ChainHash != _chain)
        {
            Problems.Add($"the chain hash of the head is {head.ChainHash}, and that of the entries {_chain}");
        }

        if (head.KeyframeVersion != _keyframe)
        {
            Problems.Add($"the head names version {head.KeyframeVersion} as the newest keyframe, and the entries version {_keyframe}");
        }
    }
}
