using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast.Testing.Tests;

/// <summary>What was done to a store behind the back of its log.</summary>
public sealed class Damage
{
    private readonly Dictionary<(ThreadKey Key, long Version), Func<LogEntry, LogEntry?>> _entries = [];
    private readonly HashSet<ThreadKey> _heads = [];

    public void OfEntry(ThreadKey key, long version, Func<LogEntry, LogEntry?> change) => _entries[(key, version)] = change;

    public void OfHead(ThreadKey key) => _heads.Add(key);

    public bool IsOfHead(ThreadKey key) => _heads.Contains(key);

    /// <summary>The entry as it is found; null when it is lost.</summary>
    public LogEntry? Find(LogEntry entry) => _entries.TryGetValue((entry.Key, entry.Version), out var change) ? change(entry) : entry;

    public void Forget(ThreadKey key)
    {
        _heads.Remove(key);
        foreach (var damaged in _entries.Keys.Where(damaged => damaged.Key == key).ToList())
        {
            _entries.Remove(damaged);
        }
    }
}

/// <summary>A log on a store that was damaged. It looks at bodies, as one with checksums does, or leaves that to those who fold them.</summary>
public class DamagedLog(ICommitLog inner, Damage damage, bool looksAtBodies) : DelegatingLog(inner)
{
    public override async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => damage.IsOfHead(request.Key) ? throw new CorruptStateException(request.Key, 0, "its head was damaged.") : await Inner.GetHeadAsync(request, cancellationToken);

    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        _ = await GetHeadAsync(new() { Key = request.Key }, cancellationToken);
        if (await Inner.ReadTailAsync(request, cancellationToken) is not { } tail)
        {
            return null;
        }

        var entries = tail.Entries.Select(damage.Find).OfType<LogEntry>().ToList();
        TailWindow.CheckNoGap(tail.Head, TailWindow.Start(tail.Head, request), entries);
        entries.ForEach(Check);
        return tail with { Entries = entries };
    }

    public override async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entry in Inner.ReadAsync(request, cancellationToken))
        {
            if (damage.Find(entry) is { } found)
            {
                Check(found);
                yield return found;
            }
        }
    }

    public override async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        var erased = await Inner.EraseAsync(request, cancellationToken);
        damage.Forget(request.Key);
        return erased;
    }

    private void Check(LogEntry entry)
    {
        if (looksAtBodies && Digest.Compute(entry.Body.Span) != entry.StoredHash)
        {
            throw new CorruptStateException(entry.Key, entry.Version, "its body was changed.");
        }
    }
}

/// <summary>A store that can be damaged, and a log that leaves it to others to look at bodies.</summary>
public class DamagedFixture : LogFixture
{
    private readonly InMemoryCommitLog _store = new();
    private readonly Damage _damage = new();

    public override Type LogType => typeof(DamagedLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    public override bool CanDamage => true;

    protected virtual bool LooksAtBodies => false;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken)
        => new(new DamagedLog(new StandInLog(_store, Capabilities), _damage, LooksAtBodies));

    public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => CreateAsync(cancellationToken);

    public override ValueTask DamageEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
        => ChangeAsync(key, version, entry =>
        {
            var body = entry.Body.ToArray();
            body[body.Length / 2] ^= 0x20;
            return entry with { Body = body };
        });

    public override ValueTask ForgeEntryAsync(ThreadKey key, long version, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        => ChangeAsync(key, version, entry => entry with { Body = body, RewrittenHash = Digest.Compute(body.Span) });

    public override ValueTask LoseEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken) => ChangeAsync(key, version, _ => null);

    public override ValueTask DamageHeadAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        _damage.OfHead(key);
        return default;
    }

    private ValueTask ChangeAsync(ThreadKey key, long version, Func<LogEntry, LogEntry?> change)
    {
        _damage.OfEntry(key, version, change);
        return default;
    }
}

/// <summary>The same with a log that looks at bodies itself.</summary>
public class CheckedDamagedFixture : DamagedFixture
{
    protected override bool LooksAtBodies => true;
}

[OnlySuites("Damage")]
public sealed class DamagedConformance : LogConformance<DamagedFixture>;

[OnlySuites("Damage")]
public sealed class CheckedDamagedConformance : LogConformance<CheckedDamagedFixture>;
