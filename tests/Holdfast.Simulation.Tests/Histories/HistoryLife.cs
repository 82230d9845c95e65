namespace Holdfast.Simulation.Tests.Histories;

/// <summary>One life of a thread: what each of its versions shows, and what is gone.</summary>
/// <param name="id">The life.</param>
/// <param name="thread">The thread.</param>
/// <param name="first">The version it began with.</param>
/// <param name="origin">The life that it was forked from; null if it was not.</param>
internal sealed class HistoryLife(CommitId id, ThreadId thread, long first, HistoryLife? origin)
{
    private readonly Dictionary<long, Picture> _pictures = [];
    private readonly SortedSet<long> _keyframes = [];
    private readonly Dictionary<long, int> _order = [];

    public CommitId Id => id;

    public ThreadId Thread => thread;

    public long First => first;

    public bool IsFork => origin is not null;

    /// <summary>The life that all of its family were forked from.</summary>
    public CommitId Root => origin?.Root ?? id;

    public long Last { get; private set; }

    /// <summary>The versions that were dropped or emptied.</summary>
    public HashSet<long> Gone { get; } = [];

    /// <summary>Whether anything that it shows, or showed, is gone.</summary>
    public bool HasGaps => Gone.Count > 0 || origin?.HasGaps is true;

    public Dictionary<string, long> Labels { get; } = new(StringComparer.Ordinal);

    /// <summary>What the newest version shows.</summary>
    public Picture Newest => Last == 0 ? Picture.Empty : _pictures[Last];

    /// <summary>What a version shows, or showed. A fork shows earlier versions of the thread that it was forked from.</summary>
    public Picture At(long version) => version == 0 ? Picture.Empty : version >= first ? _pictures[version] : origin!.At(version);

    public bool Has(long version) => version <= Last && (version >= 0 && (version >= first || version == 0 || (origin?.Has(version) ?? false)));

    /// <summary>Adds a commit.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="picture">What it shows.</param>
    /// <param name="isKeyframe">Whether it has the whole state.</param>
    /// <param name="order">Its place among all commits of the run.</param>
    public void Add(long version, Picture picture, bool isKeyframe, int order)
    {
        (Last, _pictures[version], _order[version]) = (version, picture, order);
        if (isKeyframe)
        {
            _keyframes.Add(version);
        }
    }

    /// <summary>Whether a commit was made before so many others; one that closes a trunk counts as none.</summary>
    public bool IsOlder(long version, int order) => _order.TryGetValue(version, out var place) && place <= order;

    /// <summary>Whether all is there that a version is made of, besides its messages.</summary>
    public bool IsWhole(long version)
    {
        if (version < first)
        {
            return version == 0 || origin!.IsWhole(version);
        }

        var keyframe = _keyframes.GetViewBetween(0, version).Max;
        return Enumerable.Range((int)keyframe, (int)(version - keyframe) + 1).All(part => !Gone.Contains(part));
    }

    public override string ToString() => $"'{thread}' ({id})";
}
