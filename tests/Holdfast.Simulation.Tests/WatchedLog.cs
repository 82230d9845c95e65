using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Holdfast.Testing.Tests;

namespace Holdfast.Simulation.Tests;

/// <summary>Stands right before a log, sees each call take effect, and says at once when an answer cannot be true or breaks a promise.</summary>
internal sealed class WatchedLog(ICommitLog inner, string name) : DelegatingLog(inner)
{
    private readonly Dictionary<ThreadKey, Life> _standing = [];
    private readonly List<Life> _lives = [];

    /// <summary>All lives there ever were.</summary>
    public IReadOnlyList<Life> Lives => _lives;

    public IReadOnlyDictionary<ThreadKey, Life> Standing => _standing;

    /// <summary>How often a lost begin was sent again after its thread had been erased, so that the same life began twice.</summary>
    public int Reborn { get; private set; }

    /// <summary>Commits whose answers a client has got.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>A client was told that its commit stands.</summary>
    public void Acknowledge(ThreadKey key, long version, CommitId commit)
    {
        Acknowledged++;
        Require(_lives.Exists(life => life.Has(version, commit)), $"version {version} of '{key}' was acknowledged and never appended");
    }

    /// <summary>A client was told that its commit does not stand.</summary>
    public void Refuse(ThreadKey key, CommitId commit)
        => Require(!_standing.TryGetValue(key, out var life) || !life.Has(commit), $"a commit that stands in '{key}' was told to be a conflict");

    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        var (entry, life) = (request.Entry, _standing.GetValueOrDefault(request.Entry.Key));
        var what = $"version {entry.Version} of '{entry.Key}'";
        switch (result.Outcome)
        {
            case AppendOutcome.Appended:
                if (life is null)
                {
                    Begin(request, what);
                    break;
                }

                Require(!request.Begins, $"{what} began where a thread stands");
                Require(request.Head.Life == life.Id, $"{what} was appended by one who knew another life");
                Require(entry.Version == life.Last + 1 && !life.Has(entry.CommitId), $"{what} was appended after version {life.Last}");
                life.Add(entry);
                break;
            case AppendOutcome.Duplicate:
                Require(life is not null && life.Id == request.Head.Life && life.Has(entry.Version, entry.CommitId), $"{what} was told to stand, and does not");
                break;
            case AppendOutcome.Dropped:
                Require(life is not null && entry.Version < life.First, $"{what} was told to be dropped, and is not");
                break;
            default:
                Require(life is null || life.Id != request.Head.Life || entry.Version < life.First || !life.Has(entry.Version, entry.CommitId), $"{what} stands, and was told to be a conflict");
                break;
        }

        return result;
    }

    public override async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        var head = await Inner.UpdateHeadAsync(update, cancellationToken);
        if (head is not null)
        {
            var life = Find(update.Key, "updated");
            Require((update.IfLife ?? life.Id) == life.Id, $"the head of '{update.Key}' was updated for another life");
            update.RemovePins.ToList().ForEach(pin => life.Pins.Remove(pin));
            update.AddPins.ToList().ForEach(pin => life.Pins[pin.Life] = pin);
            foreach (var (property, value) in update.Properties)
            {
                if (value is null)
                {
                    life.Properties.Remove(property);
                }
                else
                {
                    life.Properties[property] = value;
                }
            }

            Require(head.PinCount == life.Pins.Count, $"'{update.Key}' has {life.Pins.Count} pins, and its head tells {head.PinCount}");
            RequireOrigin(life);
        }

        return head;
    }

    public override async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        var done = await Inner.RewriteAsync(request, cancellationToken);
        if (done)
        {
            var life = Find(request.Key, "rewritten");
            Require((request.IfUnchanged?.Life ?? life.Id) == life.Id, $"'{request.Key}' was rewritten for another life");
            foreach (var pin in life.Pins.Values.Where(pin => pin.From < request.DropBelow && pin.To >= life.First))
            {
                Require(request.DropBelow <= life.First || life.Properties.ContainsKey(HeadProperties.ArchivedTo), $"'{request.Key}' was dropped below {request.DropBelow}, and versions {pin.From} to {pin.To} are pinned by '{pin.Key}'");
            }

            life.First = Math.Max(life.First, request.DropBelow);
            foreach (var (version, body) in request.Replacements)
            {
                life.Bodies[version] = Digest.Compute(body.Span);
            }
        }

        return done;
    }

    public override async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        var done = await Inner.EraseAsync(request, cancellationToken);
        if (done)
        {
            var life = Find(request.Key, "erased");
            _standing.Remove(request.Key);
            if (request.KeepAsTrunk)
            {
                life.Key = ThreadKey.Trunk(request.Key, life.Id);
                Require(_standing.TryAdd(life.Key, life), $"'{life.Key}' was made twice");
            }
            else
            {
                life.HasEnded = true;
                foreach (var pin in life.Pins.Values)
                {
                    Require(!_lives.Exists(holder => holder.Id == pin.Life && !holder.HasEnded && holder.IsShown), $"'{request.Key}' was erased, and '{pin.Key}' shows its versions {pin.From} to {pin.To}");
                }
            }
        }

        return done;
    }

    public override async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<Life> of = [.. _lives.Where(life => life.Id == (request.Life ?? life.Id))];
        await foreach (var entry in Inner.ReadAsync(request, cancellationToken))
        {
            of.RemoveAll(life => !life.Has(entry.Version, entry.CommitId));
            Require(of.Count > 0, $"a read of '{request.Key}' gave version {entry.Version} of another life");
            yield return entry;
        }
    }

    public override async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        var tail = await Inner.ReadTailAsync(request, cancellationToken);
        var life = _standing.GetValueOrDefault(request.Key);
        Require((tail is null) == (life is null || (request.Life ?? life.Id) != life.Id), $"the tail of '{request.Key}' is there, and was told not to be, or the other way round");
        if (tail is not null)
        {
            Require(tail.Head.Life == life!.Id && tail.Head.Version == life.Last, $"the tail of '{request.Key}' is not the one that was appended");
            Require(tail.Entries.All(entry => life.Has(entry.Version, entry.CommitId)), $"the tail of '{request.Key}' has entries of another life");
        }

        return tail;
    }

    private void Begin(AppendRequest request, string what)
    {
        Require(request.Begins, $"{what} began a thread unasked");
        var earlier = _lives.FindLast(life => life.Id == request.Head.Life && life.HasEnded);
        if (earlier is not null)
        {
            // The log forgets what was erased. Only the one who began the life can begin it again, by repeating just that.
            Require(earlier.Has(request.Entry.Version, request.Entry.CommitId) && earlier.Begun == request.Entry.Version, $"{what} revived a life that had ended");
            Reborn++;
        }

        var life = new Life(request.Head.Life, request.Entry.Key);
        life.Add(request.Entry);
        foreach (var (property, value) in request.Head.Properties)
        {
            life.Properties[property] = value;
        }

        _lives.Add(life);
        _standing[request.Entry.Key] = life;
    }

    // A fork that is shown has a past that is pinned where it stands.
    private void RequireOrigin(Life fork)
    {
        if (fork is { Fork: { } shows, IsShown: true } && !fork.Properties.ContainsKey(HeadProperties.ArchivedFrom))
        {
            var origin = _standing.Values.FirstOrDefault(life => life.Id.Value == shows.Life);
            Require(origin is not null && origin.FirstToRead <= shows.From && origin.Last >= shows.To && origin.Pins.ContainsKey(fork.Id), $"'{fork.Key}' is shown, and its origin is not pinned");
        }
    }

    private Life Find(ThreadKey key, string what) => _standing.GetValueOrDefault(key) ?? throw new SimulationException($"{name}: '{key}' was {what}, and there is no such thread.");

    private void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new SimulationException($"{name}: {problem}.");
        }
    }
}
