using Holdfast.Logs;

namespace Holdfast.Testing;

// Steps of maintenance, positions and listings.
internal sealed partial class ModelRun
{
    private async Task GetHeadAsync(ThreadKey key)
    {
        Expect.Head(_model.Head(key), await _log.GetHeadAsync(key));
        var withPins = await _log.GetHeadAsync(new HeadRequest { Key = key, WithPins = true });
        Expect.Head(_model.Head(key), withPins);
        Expect.Sequence(
            _model.Pins(key).OrderBy(pin => pin.Life.ToString(), StringComparer.Ordinal), (withPins?.Pins ?? []).OrderBy(pin => pin.Life.ToString(), StringComparer.Ordinal), "the pins");
    }

    private async Task ReadPositionAsync(ThreadKey key, ModelStep step)
    {
        // Of this life, of an earlier one, or of another thread.
        var head = _seen.Count == 0 ? null : _seen[^(1 + (step.A % _seen.Count))];
        var since = head is null ? new(CommitId.New(TimeProvider.System), step.A, ChainHash.Start) : head.Position with { Version = head.Version + (step.B % 3 == 0 ? 0 : step.B - 9) };
        if (step.Kind == StepKind.ReadSince)
        {
            var tail = await _log.ReadTailAsync(new TailRequest { Key = key, Since = since, MinimumEntries = step.B % 4 });
            Expect.Head(_model.Head(key), tail?.Head);
            Expect.Entries(_model.TailSince(key, since, step.B % 4), tail?.Entries ?? [], $"what comes after version {since.Version}");
            return;
        }

        var isThis = since.Life == _model.Head(key)?.Life;
        var named = await _log.ReadTailAsync(new TailRequest { Key = key, Life = since.Life, MinimumEntries = step.B });
        Expect.Head(isThis ? _model.Head(key) : null, named?.Head);
        Expect.Entries(isThis ? _model.Tail(key, step.B) : [], named?.Entries ?? [], "the tail of a life");
        var read = new List<LogEntry>();
        await foreach (var entry in _log.ReadAsync(new() { Key = key, Life = since.Life }))
        {
            read.Add(entry);
        }

        Expect.Entries(isThis ? _model.Entries(key) : [], read, "the entries of a life");
    }

    private HeadUpdate Update(ThreadKey key, ModelStep step)
    {
        var pins = _model.Pins(key).ToList();
        var some = pins.Count == 0 ? CommitId.New(TimeProvider.System) : pins[step.B % pins.Count].Life;
        var update = new HeadUpdate
        {
            Key = key,
            Beats = step.A % 3 == 0,
            Properties = step.B % 3 == 0 ? new Dictionary<string, string?> { [Users[step.A % 2]] = step.A % 5 == 0 ? null : $"{step.B}" } : new Dictionary<string, string?>(),
            AddPins = step.B % 4 < 2 ? [new() { Life = step.A % 4 == 0 ? some : CommitId.New(TimeProvider.System), Key = Key(step.A % 3), From = 1 + step.A, To = 1 + step.A + step.B }] : [],
            RemovePins = step.B % 4 == 1 ? [some] : [],
            Expiry = step.A % 7 == 6 ? new(ExpiryOf(step.B)) : null,
        };
        return step.Kind == StepKind.UpdateHead ? update : (step.A % 3) switch
        {
            0 => update with { IfLife = _seen.Count == 0 ? CommitId.New(TimeProvider.System) : _seen[^(1 + (step.B % _seen.Count))].Life },
            1 => update with { IfRevision = step.B % 2 == 0 ? _model.Head(key)?.Revision : step.B },
            _ => update with { IfUnchanged = Seen(key, step.B) },
        };
    }

    private async Task UpdateAsync(HeadUpdate update) => Expect.Head(_model.Update(update), await _log.UpdateHeadAsync(update), "the answer to the update of the head");

    private async Task KeepAsTrunkAsync(ThreadKey key, ModelStep step)
    {
        var trunk = ThreadKey.Trunk(key, _model.Head(key)?.Life ?? CommitId.New(TimeProvider.System));
        var seen = step.B % 3 == 0 ? Seen(key, step.A) : null;

        // A life exists once in a store.
        if (_model.Head(trunk) is null)
        {
            var renamed = _model.Rename(key, trunk, seen);
            Expect.Equal(renamed, await _log.EraseAsync(new EraseRequest { Key = key, KeepAsTrunk = true, IfUnchanged = seen }), "the answer to keeping the thread as a trunk");
            if (renamed)
            {
                _trunks.Add(trunk);
            }
        }
    }

    private async Task RewriteAsync(RewriteRequest request)
    {
        bool? answer;
        try
        {
            answer = await _log.RewriteAsync(request);
        }
        catch (ArgumentException)
        {
            answer = null;
        }

        Expect.Equal(_model.Rewrite(request), answer, "the answer to the rewrite (nothing means that it was refused)");
    }

    private async Task ListAsync(ModelStep step)
    {
        var filter = new ThreadQuery { Order = (ThreadOrder)(step.B % 2), PageSize = 1 + (step.B % 3), Deleted = (DeletedFilter)(step.B % 3) };
        var query = new HeadQuery
        {
            Space = step.Thread switch { 3 => ThreadSpace.Users, 4 => ThreadSpace.Trunks, _ => ThreadSpace.Threads },
            DueBefore = step.Kind == StepKind.ListDue ? Expiry.AddDays(step.A % 6) : null,
            Terms = step.B % 2 == 1 ? [.. Terms.Take(1 + (step.A % 2))] : [],
            Tenant = _tenant,
            AsOf = Expiry.AddMilliseconds(step.B),
            Expired = step.A % 4 == 3 ? ExpiredFilter.Only : (ExpiredFilter)(step.A % 2 * 2),
            Filter = (step.A % 6) switch
            {
                0 => filter with { UserId = Users[0] },
                1 => filter with { Agent = "A" },
                2 => filter with { Status = (ThreadStatus)(step.B % 8) },
                3 => filter.WithMetadata("k", 1),
                4 => filter.WithMetadata("k", "1") with { UserId = Users[1] },
                _ => filter,
            },
        };
        var (expected, listed) = (_model.List(query).ToList(), await _log.ListAllAsync(query));
        Expect.Sequence(expected.Select(head => head.Key), listed.Select(head => head.Key), "the threads listed");
        foreach (var (wanted, found) in expected.Zip(listed))
        {
            Expect.Head(wanted, found);
        }
    }
}
