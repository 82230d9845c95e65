using System.Text;
using Holdfast.Logs;
using Holdfast.Testing.Tests;

namespace Holdfast.Simulation.Tests.Histories;

/// <summary>Stands before the log, and after each commit compares what the thread shows with what it must show. It says at once when something is dropped that is needed.</summary>
internal sealed class HistoryLog : DelegatingLog
{
    private readonly Dictionary<CommitId, HistoryLife> _lives = [];
    private readonly BodyPipeline _bodies = new();
    private readonly WatchedLog _watched;
    private readonly HistoryWorld _world;

    public HistoryLog(WatchedLog inner, HistoryWorld world)
        : base(inner)
    {
        (_watched, _world) = (inner, world);

        // Nothing has expired yet for one who lives in the past.
        Witness = new(inner, new() { TimeProvider = new FakeTimeProvider(DateTimeOffset.UnixEpoch), Archive = world.Cold });
    }

    /// <summary>Reads past all clients.</summary>
    public AgentStateStore Witness { get; }

    /// <summary>The lives that stand and can be seen.</summary>
    public IReadOnlyList<HistoryLife> Standing
        => [.. _watched.Standing.Where(pair => pair.Key.Space == ThreadSpace.Threads && pair.Value.IsShown).Select(pair => _lives[pair.Value.Id]).OrderBy(life => life.Thread.Value, StringComparer.Ordinal)];

    /// <summary>How many commits there were.</summary>
    public int Commits { get; private set; }

    public IEnumerable<HistoryLife> All => _lives.Values;

    public HistoryLife Find(CommitId life) => _lives[life];

    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        if (result.Outcome == AppendOutcome.Appended && request.Entry.Key.Space == ThreadSpace.Threads)
        {
            try
            {
                await AddAsync(request);
            }
            catch (AgentStateException e)
            {
                _world.Require(false, $"after '{_world.Intent.Name}' had made version {request.Entry.Version} of '{request.Entry.Key}', it could not be read: {e.Message}");
            }
        }

        return result;
    }

    public override async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        var head = await Inner.UpdateHeadAsync(update, cancellationToken);
        if (head is not null && update.Properties.ContainsKey(HeadProperties.ArchivedTo))
        {
            await TellGoneAsync(update.Key, []);
        }

        if (head is not null && update.Properties.ContainsKey(HeadProperties.Unpinned))
        {
            var fork = _lives[head.Life];
            await CompareAsync(fork, fork.Last, "is shown now");
            foreach (var secret in _world.Redacted)
            {
                var places = await PlacesAsync(secret, fork.Root);
                _world.Require(places.Count == 0 || places.Exists(place => place.Life != fork), $"{fork} is shown, and has '{secret}', which was redacted before");
            }
        }

        return head;
    }

    public override async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        var done = await Inner.RewriteAsync(request, cancellationToken);
        if (done)
        {
            var standing = _watched.Standing[request.Key];
            var life = _lives[standing.Id];
            var emptied = request.Replacements.Where(body => body.Value.Span.SequenceEqual(CommitBody.DroppedText.Span)).Select(body => body.Key).ToList();
            _world.Require(emptied.Count == request.Replacements.Count || _world.Intent.Redacts, $"'{_world.Intent.Name}' replaced bodies of {life}");
            await TellGoneAsync(request.Key, emptied);
        }

        return done;
    }

    /// <summary>Compares what a version of a thread shows with what it must show; null where it is gone.</summary>
    public async ValueTask CompareAsync(HistoryLife life, long version, string when)
    {
        try
        {
            var state = await Witness.LoadAsync(life.Thread, version);
            _world.Require(state is not null, $"version {version} of {life} cannot be seen: it {when}");
            RequireSame(life, life.At(version), state!, when);
        }
        catch (HistoryDroppedException) when (!life.IsWhole(version))
        {
        }
        catch (AgentStateException e)
        {
            _world.Require(false, $"version {version} of {life} cannot be read: {e.Message}: it {when}");
        }
    }

    /// <summary>Where a text is stored in a family of threads.</summary>
    public async ValueTask<List<(HistoryLife Life, long Version)>> PlacesAsync(string text, CommitId root)
    {
        var places = new List<(HistoryLife Life, long Version)>();
        foreach (var standing in _watched.Standing.Values.Where(life => _lives[life.Id].Root == root).ToList())
        {
            foreach (var log in new[] { _watched, _world.Cold })
            {
                foreach (var key in log.Standing.Where(pair => pair.Value.Id == standing.Id).Select(pair => pair.Key).ToList())
                {
                    await foreach (var entry in log.ReadAsync(key))
                    {
                        if (Encoding.UTF8.GetString(entry.Body.Span).Contains(text, StringComparison.Ordinal))
                        {
                            places.Add((_lives[standing.Id], entry.Version));
                        }
                    }
                }
            }
        }

        return places;
    }

    /// <summary>Checks that a redaction that has ended left nothing that was there when it began, nor a fork that was made meanwhile and has it.</summary>
    /// <param name="secret">What was redacted.</param>
    /// <param name="root">In which family.</param>
    /// <param name="commits">How many commits there were when it began.</param>
    public async ValueTask RequireRedactedAsync(string secret, CommitId root, int commits)
    {
        foreach (var (life, version) in await PlacesAsync(secret, root))
        {
            // A fork that nobody has shown yet is never shown with it.
            _world.Require(!life.IsOlder(version, commits) || !_watched.Standing.Values.Any(standing => standing.Id == life.Id && standing.IsShown), $"version {version} of {life} still has '{secret}' after it was redacted");
            _world.Require(!life.IsFork || version > life.First || !Standing.Contains(life), $"{life} was forked while '{secret}' was redacted, and has it");
        }
    }

    /// <summary>Checks what somebody has read.</summary>
    public void RequireSame(HistoryLife life, Picture wanted, AgentState state, string when)
    {
        var difference = Difference(life, wanted, state);
        _world.Require(difference is null, $"version {state.Version} of {life} is wrong: {difference}: it {when}");
    }

    private async ValueTask AddAsync(AppendRequest request)
    {
        var entry = request.Entry;
        var body = new EntryWalk(_bodies, entry.Key) { Expected = entry.Version }.Open(entry).Body;
        var origin = ForkOrigin.Parse(request.Head.Properties.GetValueOrDefault(HeadProperties.ForkedFrom));
        if (request.Begins)
        {
            _lives[request.Head.Life] = new(request.Head.Life, entry.Key.Id, entry.Version, origin is null ? null : _lives[origin.Life]);
        }

        var life = _lives[request.Head.Life];
        var before = request.Begins && origin is not null ? _lives[origin.Life].At(origin.Version) with { Merged = Picture.Empty.Merged } : life.Newest;
        var intent = _world.Intent;
        List<Picture> pictures = [.. intent.Apply(before, new(life, entry.Version, body))];
        if (body.Change.History is not null && before.Lines.Any(line => IsGone(line, life)))
        {
            // Who keeps the last messages counts those that can be read: what was dropped is hidden where it comes before them.
            pictures.AddRange(intent.Apply(before with { Lines = before.Lines.RemoveAll(line => IsGone(line, life)) }, new(life, entry.Version, body)));
        }

        if (request.Head.Properties.ContainsKey(HeadProperties.Unpinned))
        {
            // Nobody sees it before it is pinned.
            life.Add(entry.Version, pictures[0], entry.IsKeyframe, ++Commits);
            return;
        }

        var state = (await Witness.LoadAsync(life.Thread))!;
        _world.Require(state.Position!.Value.Life == life.Id && state.Version == entry.Version, $"what is read of {life} is version {state.Version}; {entry.Version} was committed");
        if (intent.IsLoose)
        {
            var doc = (await Witness.Thread(life.Thread).ReadRecordAsync("doc"))?.GetRawText();
            pictures = pictures.ConvertAll(picture => picture.Set(Picture.Doc, doc).Set(Picture.Card, state.Variables.TryGetValue("card", out var card) ? card.GetRawText() : null));
        }

        var picture = pictures.Find(candidate => Difference(life, candidate, state) is null);
        _world.Require(picture is not null, $"'{intent.Name}' made version {entry.Version} of {life}: {Difference(life, pictures[0], state)}");
        life.Add(entry.Version, body.Change.Restores is null ? picture! : await WithDocAsync(life, picture!, before), entry.IsKeyframe, ++Commits);
    }

    // A record whose value was dropped is not brought back, but stays as it was, unless retention dropped it after the restore had looked.
    private async Task<Picture> WithDocAsync(HistoryLife life, Picture restored, Picture before)
    {
        string? doc;
        try
        {
            doc = (await Witness.Thread(life.Thread).ReadRecordAsync("doc"))?.GetRawText();
        }
        catch (HistoryDroppedException) when (life.HasGaps)
        {
            return restored;
        }

        _world.Require(
            doc == restored.Keys.GetValueOrDefault(Picture.Doc) || (life.HasGaps && doc == before.Keys.GetValueOrDefault(Picture.Doc)), $"the record of {life} is {doc} after a restore");
        return restored.Set(Picture.Doc, doc);
    }

    // What is below the first version, here or in the archive, is gone. What was moved there is not.
    private async ValueTask TellGoneAsync(ThreadKey key, List<long> emptied)
    {
        var standing = _watched.Standing[key];
        var life = _lives[standing.Id];
        var first = ArchivedPart.Join((await _watched.GetHeadAsync(key))!).FirstVersion;
        for (var version = life.First; version < first; version++)
        {
            emptied.Add(version);
        }

        List<long> gone = [.. emptied.Where(life.Gone.Add)];
        foreach (var version in gone)
        {
            var pin = standing.Pins.Values.FirstOrDefault(pin => pin.From <= version && version <= pin.To);
            _world.Require(pin is null, $"version {version} of {life} is gone, and '{pin?.Key}' shows it");
        }

        if (key.Space == ThreadSpace.Threads)
        {
            RequireWhatIsNeeded(life, gone);
        }
    }

    // A message that was dropped may be visible again: who goes back to where it was is told that it is gone.
    private void RequireWhatIsNeeded(HistoryLife life, IReadOnlyCollection<long> gone)
    {
        foreach (var (label, version) in life.Labels.Where(label => label.Value >= life.First))
        {
            _world.Require(life.IsWhole(version), $"version {version} of {life} is gone, and has the label '{label}'");
        }

        _world.Require(life.IsWhole(life.Last), $"the newest version of {life} is gone");
        var line = life.Newest.Lines.Find(line => line.Life == life.Id && gone.Contains(line.Version));
        _world.Require(line is null, $"version {line?.Version} of {life} is gone, and its message is visible");
    }

    // What is different; null if nothing is. Messages that are gone may be there or not: others may drop them meanwhile.
    private string? Difference(HistoryLife life, Picture wanted, AgentState state)
    {
        var keys = state.Variables.Select(variable => ($"variables/{variable.Key}", variable.Value.GetRawText()))
            .Concat(state.Todos.Select(todo => ($"todos/{todo.Id}", $"\"{todo.Content}\"")));
        var (found, expected) = (Text(keys), Text(wanted.Keys.Where(key => key.Key != Picture.Doc).Select(key => (key.Key, key.Value))));
        if (found != expected)
        {
            return $"it has {found}; wanted {expected}";
        }

        if (state.Agent != wanted.Agent)
        {
            return $"its agent is '{state.Agent}'; wanted '{wanted.Agent}'";
        }

        var (texts, next, lost) = (state.Messages.Select(message => _world.Without(message.Text)).ToList(), 0, false);
        foreach (var line in wanted.Lines)
        {
            if (next < texts.Count && texts[next] == _world.Without(line.Text))
            {
                next++;
            }
            else if (IsGone(line, life))
            {
                lost = true;
            }
            else
            {
                next = -1;
                break;
            }
        }

        return next != texts.Count ? $"it says [{string.Join(", ", texts.Select(Short))}]; wanted [{string.Join(", ", wanted.Lines.Select(line => Short(line.Text)))}]"
            : lost && !state.IsPartial ? "messages are gone, and nobody is told"
            : null;
    }

    private bool IsGone(Line line, HistoryLife life) => _lives[line.Life].Gone.Contains(line.Version) || (line.Life != life.Id && !IsPinned(line, life));

    // Of what it was forked from, a fork has what it showed when it began. A message that was hidden by then is not there for it, even if it goes back to where it was not.
    private bool IsPinned(Line line, HistoryLife fork)
        => _watched.Standing.Values.Any(life => life.Id == line.Life && life.Pins.TryGetValue(fork.Id, out var pin) && pin.From <= line.Version && line.Version <= pin.To);

    private string Text(IEnumerable<(string Key, string Json)> keys)
        => _world.Without(string.Join(", ", keys.OrderBy(key => key.Key, StringComparer.Ordinal).Select(key => $"{key.Key}={key.Json}")));

    private static string Short(string text) => text.Length < 40 ? text : text[..40];
}
