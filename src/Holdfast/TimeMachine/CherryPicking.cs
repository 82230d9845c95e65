using System.Text.Json;

namespace Holdfast;

/// <summary>Makes what one commit changed in the sections of a thread on another one.</summary>
internal sealed class CherryPicking
{
    private static readonly CherryPickOptions Defaults = new();

    private readonly CherryPickOptions _options;
    private readonly Change? _change;
    private readonly ThreadState _origin;
    private readonly ThreadState _theirs;
    private readonly List<string> _picked = [];
    private readonly List<KeyConflict> _conflicts = [];

    // Without a change, what it changed is what is different between the two states.
    private CherryPicking(CherryPickOptions options, Change? change, ThreadState origin, ThreadState theirs)
        => (_options, _change, _origin, _theirs) = (options, change, origin, theirs);

    /// <inheritdoc cref="ThreadHandle.CherryPickAsync"/>
    public static async ValueTask<CherryPickResult> PickAsync(
        StoreContext store, ThreadKey key, ThreadKey source, ThreadPoint point, CherryPickOptions? options, CancellationToken cancellationToken)
    {
        options ??= Defaults;
        options.Validate();
        var theirs = await PointFold.ReadAsync(store, source, point, cancellationToken).ConfigureAwait(false) ?? throw new ThreadNotFoundException(source);
        if (theirs.Version == 0)
        {
            throw new PointNotFoundException(source, point, theirs.Head?.Version ?? 0, "the empty state before the first commit is no commit.");
        }

        var commit = await new RecordReader(store.EntriesOf(source, theirs.Head, theirs.State), source).ReadAsync(theirs.Version, cancellationToken).ConfigureAwait(false);
        var origin = await PointFold.AtAsync(store, source, theirs.Version - 1, theirs.Head, theirs.State.Origins, cancellationToken).ConfigureAwait(false);
        if (origin.Version > 0)
        {
            NewerSchemaException.RefuseUnlessSame(source, theirs.State.Schema, source, origin.State.Schema);
        }

        // What is stored of a commit with an older schema says nothing of the keys and values that it has here.
        var change = theirs.IsMigrated ? null : commit.Change;
        var (made, result) = await Updater.UpdateAsync(
            store,
            key,
            token => SessionOpener.OpenAsync(store, key, new() { MustExist = true, LoadUser = false }, allowDeleted: false, token),
            (session, _) =>
            {
                NewerSchemaException.RefuseUnlessSame(source, theirs.State.Schema, key, session.State.State.Schema);
                return new ValueTask<CherryPicking>(new CherryPicking(options, change, origin.State, theirs.State).Apply(session.State));
            },
            new CommitOptions { Reason = options.Reason ?? $"picked from {source.Id} {theirs.Version}", By = options.By },
            cancellationToken).ConfigureAwait(false);
        return new(made, result._picked, result._conflicts);
    }

    private CherryPicking Apply(SessionState session)
    {
        if (_change is null)
        {
            foreach (var (section, key) in Keys(_origin).Union(Keys(_theirs)).ToList())
            {
                Merge(session, section, key);
            }
        }
        else
        {
            foreach (var (section, key, change) in _change.Sections.Where(item => IsPicked(item.Section)))
            {
                if (!(change.OnlyAppends && !HasIt(session, section, key) && TryAppend(session, section, key, change.Appended!)))
                {
                    Merge(session, section, key);
                }
            }
        }

        return _conflicts.Count > 0 && _options.OnConflict == ConflictPolicy.Fail ? throw new MergeConflictException(session.Key, _conflicts) : this;
    }

    private static bool IsPicked(string section) => section == SectionNames.OwnUser || !SectionNames.IsReserved(section);

    private static IEnumerable<(string Section, string Key)> Keys(ThreadState state)
        => state.Sections.Where(section => IsPicked(section.Key)).SelectMany(section => section.Value.Keys.Select(key => (section.Key, key)));

    // Who picks a commit once more, or picks one that is still there, does not get what it appended twice.
    private bool HasIt(SessionState session, string section, string key) => KeyMerge.AreSame(Find(session.State, section, key), Find(_theirs, section, key));

    // Two sides can both append to an array, as two commits can.
    private bool TryAppend(SessionState session, string section, string key, IReadOnlyList<ReadOnlyMemory<byte>> elements)
    {
        if (!session.State.TryGet(section, key, out var current) || !JsonArrays.IsArray(current))
        {
            return false;
        }

        foreach (var element in elements)
        {
            session.Append(section, key, element);
        }

        _picked.Add($"{section}/{key}");
        return true;
    }

    private void Merge(SessionState session, string section, string key)
    {
        var (origin, ours, theirs) = (Find(_origin, section, key), Find(session.State, section, key), Find(_theirs, section, key));
        var outcome = KeyMerge.Of(origin, ours, theirs);
        if (outcome == MergeOutcome.Conflict)
        {
            _conflicts.Add(new(section, key, Parse(origin), Parse(ours), Parse(theirs)));
            outcome = _options.OnConflict == ConflictPolicy.Theirs ? MergeOutcome.Take : MergeOutcome.Keep;
        }

        if (outcome == MergeOutcome.Take)
        {
            Take(session, section, key, theirs);
            _picked.Add($"{section}/{key}");
        }
    }

    private void Take(SessionState session, string section, string key, ReadOnlyMemory<byte>? value)
    {
        if (value is not { } json)
        {
            session.Remove(section, key);
            return;
        }

        session.Set(section, key, json);
        var path = KeyTime.PathOf(section, key);
        if (Find(_theirs, SectionNames.Expires, path) is { } time)
        {
            session.Put(SectionNames.Expires, path, time);
        }
    }

    private static ReadOnlyMemory<byte>? Find(ThreadState state, string section, string key)
        => state.TryGet(section, key, out var json) ? json : (ReadOnlyMemory<byte>?)null;

    private static JsonElement? Parse(ReadOnlyMemory<byte>? json) => json is { } text ? Utf8Json.Parse(text) : null;
}
