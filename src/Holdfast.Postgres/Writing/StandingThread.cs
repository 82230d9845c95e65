using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.Postgres.Writing;

/// <summary>How a thread stands to which an entry could not be appended.</summary>
internal sealed class StandingThread
{
    /// <summary>How many texts tell of one: see the functions of the schema.</summary>
    private const int Texts = 7;

    private readonly CommitId _life;
    private readonly Digest _chainHash;
    private readonly CommitId? _standing;
    private readonly long _firstVersion;
    private readonly bool _isThere;
    private readonly bool _isTrunk;

    private StandingThread(ReadOnlySpan<string?> texts)
    {
        if (texts is [_, { } version, { } firstVersion, { } life, { } chainHash, var standing, var newest])
        {
            _isThere = true;
            Version = long.Parse(version, CultureInfo.InvariantCulture);
            _firstVersion = long.Parse(firstVersion, CultureInfo.InvariantCulture);
            _life = new(Guid.Parse(life));
            _chainHash = chainHash.Length == Digest.Size * 2 ? Digest.Parse(chainHash) : default;
            _standing = standing is null ? null : new(Guid.Parse(standing));
            LacksNewest = newest is null;
        }
        else
        {
            _isTrunk = texts[1] is not null;
        }
    }

    /// <summary>The version of the thread; 0 if there is none.</summary>
    public long Version { get; }

    /// <summary>Whether its newest entry is gone.</summary>
    public bool LacksNewest { get; }

    /// <summary>Reads the answer of the functions: by the place in the batch, from 1 on, those that were not appended.</summary>
    public static Dictionary<int, StandingThread> Read(string?[] refused)
        => refused.Chunk(Texts).ToDictionary(texts => int.Parse(texts[0]!, CultureInfo.InvariantCulture), texts => new StandingThread(texts));

    /// <summary>The answer to an append that was not made; null if it can be made now, because what stood in its way is gone.</summary>
    public AppendResult? Decide(PendingAppend item) => _isTrunk ? AppendResult.Conflict(0) : AppendRules.Decide(item.Request, Version, _firstVersion, _life, _chainHash, _ => _standing) switch
    {
        // When an answer was lost on the way, what is found is the work of this call.
        { Outcome: AppendOutcome.Duplicate } found when item.MayStand => AppendResult.Appended(found.CurrentVersion),
        var result => result,
    };

    /// <summary>What is wrong with the head, so that nothing can be said of the thread; null if nothing is.</summary>
    public CorruptStateException? Damage(ThreadKey key)
        => _isThere && Version < 1 ? new(key, 0, $"its head cannot be read: its version is {Version}. Nothing was appended.") : null;
}
