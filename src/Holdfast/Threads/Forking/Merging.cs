using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Merges what a fork has got since it was forked, or merged last, into the thread that it was forked from.</summary>
/// <param name="store">The store.</param>
/// <param name="key">The fork.</param>
/// <param name="options">How.</param>
internal sealed class Merging(StoreContext store, ThreadKey key, MergeOptions options)
{
    private readonly List<KeyConflict> _conflicts = [];

    /// <inheritdoc cref="ThreadHandle.MergeAsync"/>
    public async ValueTask<CommitInfo> RunAsync(CancellationToken cancellationToken)
    {
        options.Validate();
        var fork = await PointFold.ReadAsync(store, key, ThreadPoint.Newest, cancellationToken).ConfigureAwait(false) ?? throw new ThreadNotFoundException(key);
        var origin = ForkOrigin.Parse(fork.Head!.Properties.GetValueOrDefault(HeadProperties.ForkedFrom))
            ?? throw new InvalidOperationException($"Thread '{key}' is no fork, so there is nothing to merge it into.");
        Refuse(key, fork.State);
        var target = ThreadKey.Of(key.Tenant, origin.Id);
        var commit = await Updater.UpdateAsync(
            store,
            target,
            token => SessionOpener.OpenAsync(store, target, new() { MustExist = true, LoadUser = false }, allowDeleted: false, token),
            (session, token) => MergeAsync(session.State, fork, origin, token),
            new CommitOptions { Reason = options.Reason ?? $"merged {key.Id}", By = options.By },
            cancellationToken).ConfigureAwait(false);
        if (!commit.IsEmpty)
        {
            StoreLog.Merged(store.Logger, target, commit.Version, key, origin.Version + 1, fork.Version);
        }

        return commit;
    }

    private async ValueTask MergeAsync(SessionState session, PointFold fork, ForkOrigin origin, CancellationToken cancellationToken)
    {
        if (session.Base!.Life != origin.Life)
        {
            throw new ThreadNotFoundException(session.Key, $"The thread '{session.Key}' that '{key}' was forked from is gone; another one was begun under its id. Nothing was written.");
        }

        Refuse(session.Key, session.State);
        var life = fork.Head!.Life.Value.ToString("N", CultureInfo.InvariantCulture);
        var merged = session.State.TryGet(SectionNames.Merges, life, out var json) ? Math.Max(MergedUpTo.Read(json, fork.Head), origin.Version + 1) : origin.Version + 1;
        if (merged >= fork.Version)
        {
            return;
        }

        _conflicts.Clear();
        var before = await PointFold.AtAsync(store, key, merged, fork.Head, fork.State.Origins, cancellationToken).ConfigureAwait(false);
        NewerSchemaException.RefuseUnlessSame(key, fork.State.Schema, key, before.State.Schema);
        NewerSchemaException.RefuseUnlessSame(key, fork.State.Schema, session.Key, session.State.Schema);
        await MergeMessagesAsync(session, fork, merged, cancellationToken).ConfigureAwait(false);
        await MergeDecisionsAsync(session, fork, merged, cancellationToken).ConfigureAwait(false);
        foreach (var (section, name) in Changed(before.State, fork.State).ToList())
        {
            await MergeAsync(session, before, fork, origin, (section, name), cancellationToken).ConfigureAwait(false);
        }

        if (_conflicts.Count > 0)
        {
            throw new MergeConflictException(session.Key, [.. _conflicts]);
        }

        session.Set(SectionNames.Merges, life, MergedUpTo.Write(fork.Head));
        session.Pending.Merges = new(key.Id, fork.Head.Life, fork.Version);
    }

    // Between a call and its result nothing may come.
    private static void Refuse(ThreadKey thread, ThreadState state)
    {
        if (state.OpenCalls.Calls.Count > 0)
        {
            throw new OpenCallsException(thread, [.. state.OpenCalls.Calls.Select(call => call.Id)]);
        }
    }

    private async ValueTask MergeMessagesAsync(SessionState session, PointFold fork, long merged, CancellationToken cancellationToken)
    {
        var ranges = fork.ClosedHistory().Ranges;
        var added = new VisibleHistory([.. ranges.Where((range, i) => range.To > merged && !ranges.Skip(i + 1).Any(IsKnown)).Select(range => range.From > merged ? range : range with { From = merged + 1, Skip = 0 })]);
        var reader = new HistoryReader(store.EntriesOf(key, fork.Head, fork.State), key, added, fork.Recent, fork.Version);
        await foreach (var message in reader.ForwardAsync(cancellationToken).ConfigureAwait(false))
        {
            session.Pending.Messages.Add(message.CommittedAt(null));
        }

        // New messages before what the thread has already are a summary of what it has too.
        bool IsKnown(HistoryRange later) => later.From <= merged || (later.From == merged + 1 && later.Skip == 0);
    }

    private async ValueTask MergeDecisionsAsync(SessionState session, PointFold fork, long merged, CancellationToken cancellationToken)
    {
        // The versions tell which are new, not their number: the fork may have been restored since.
        var decisions = new Stack<StoredRecord>();
        if (RecordReader.EndOf(fork.State, StoredRecord.Decision, key, fork.Version) is { } end && end.Version > merged)
        {
            await foreach (var (_, record, _) in Records(fork).BackwardAsync(StoredRecord.Decision, end, cancellationToken).ConfigureAwait(false))
            {
                decisions.Push(record);
                if (record.Previous is not { } previous || previous.Version <= merged)
                {
                    break;
                }
            }
        }

        foreach (var decision in decisions)
        {
            session.Records.Add(StoredRecord.Decision, decision.Json);
        }
    }

    // The keys that the fork has changed, or given another time.
    private static IEnumerable<(string Section, string Key)> Changed(ThreadState before, ThreadState after)
        => Keys(before).Union(Keys(after)).Where(path => !KeyMerge.AreSame(Value(before, path), Value(after, path)) || !KeyMerge.AreSame(Time(before, path), Time(after, path)));

    private static IEnumerable<(string Section, string Key)> Keys(ThreadState state)
        => from section in state.Sections
           where section.Key is not (SectionNames.Lists or SectionNames.Merges or SectionNames.Expires)
           from name in section.Value.Keys
           where SectionRestore.Covers(section.Key, name)
           select (section.Key, name);

    private async ValueTask MergeAsync(SessionState session, PointFold before, PointFold fork, ForkOrigin origin, (string Section, string Key) path, CancellationToken cancellationToken)
    {
        var (old, mine, theirs, outcome) = await CompareAsync(session, before, fork, origin, path, cancellationToken).ConfigureAwait(false);
        switch (outcome)
        {
            case MergeOutcome.Take:
            case MergeOutcome.Conflict when options is { Resolve: null, OnConflict: ConflictPolicy.Theirs }:
                Put(session, path, theirs, Time(fork.State, path));
                break;
            case MergeOutcome.Conflict when options.Resolve is not null || options.OnConflict == ConflictPolicy.Fail:
                var conflict = new KeyConflict(path.Section == SectionNames.Records ? "records" : path.Section, path.Key, Element(old), Element(mine), Element(theirs));
                await ResolveAsync(session, fork, path, conflict, (mine, theirs), cancellationToken).ConfigureAwait(false);
                break;
            case MergeOutcome.Keep when KeyMerge.AreSame(mine, theirs) && KeyMerge.Of(Time(before.State, path), Time(session.State, path), Time(fork.State, path)) == MergeOutcome.Take:
                Put(session, path, mine, Time(fork.State, path));
                break;
        }
    }

    private async ValueTask<Sides> CompareAsync(SessionState session, PointFold before, PointFold fork, ForkOrigin origin, (string Section, string Key) path, CancellationToken cancellationToken)
    {
        var (old, mine, theirs) = (Value(before.State, path), Value(session.State, path), Value(fork.State, path));
        if (path.Section != SectionNames.Records)
        {
            return new(old, mine, theirs, KeyMerge.Of(old, mine, theirs));
        }

        // Where a record stands is only in both the same place if that is from before the fork. Otherwise what it says is compared.
        theirs = await ReadAsync(fork, path, theirs, cancellationToken).ConfigureAwait(false);
        if (old is { } place && KeyMerge.AreSame(old, mine) && RecordPlace.Read(place).Version <= origin.Version)
        {
            return new(null, null, theirs, MergeOutcome.Take);
        }

        mine = await session.Records.ReadAsync(path.Key, cancellationToken).ConfigureAwait(false);
        try
        {
            old = await ReadAsync(before, path, old, cancellationToken).ConfigureAwait(false);
            return new(old, mine, theirs, KeyMerge.Of(old, mine, theirs));
        }
        catch (HistoryDroppedException)
        {
            return new(null, mine, theirs, KeyMerge.AreSame(mine, theirs) ? MergeOutcome.Keep : MergeOutcome.Conflict);
        }
    }

    private async ValueTask ResolveAsync(
        SessionState session, PointFold fork, (string Section, string Key) path, KeyConflict conflict, (ReadOnlyMemory<byte>? Mine, ReadOnlyMemory<byte>? Theirs) sides, CancellationToken cancellationToken)
    {
        if (options.Resolve is not { } resolve)
        {
            _conflicts.Add(conflict);
            return;
        }

        var decided = await resolve(conflict, cancellationToken).ConfigureAwait(false);
        if (decided is { ValueKind: JsonValueKind.Undefined })
        {
            throw new InvalidStateValueException($"MergeOptions.Resolve returned a JsonElement without a value for {conflict}. Nothing was written. Return null to remove the key.");
        }

        // The time of a value goes with it; another value than those of the two stays.
        var value = decided is { } json ? Encoding.UTF8.GetBytes(json.GetRawText()).AsMemory() : (ReadOnlyMemory<byte>?)null;
        Put(session, path, value, KeyMerge.AreSame(value, sides.Mine) ? Time(session.State, path) : KeyMerge.AreSame(value, sides.Theirs) ? Time(fork.State, path) : null);
    }

    // A record of the fork is not one of the thread: what it says is stored again.
    private async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(PointFold fold, (string Section, string Key) path, ReadOnlyMemory<byte>? value, CancellationToken cancellationToken)
        => value is { } pointer && path.Section == SectionNames.Records ? await Records(fold).NamedAsync(path.Key, pointer, cancellationToken).ConfigureAwait(false) : value;

    private RecordReader Records(PointFold fold) => new(store.EntriesOf(key, fold.Head, fold.State), key);

    private static void Put(SessionState session, (string Section, string Key) path, ReadOnlyMemory<byte>? value, ReadOnlyMemory<byte>? time)
    {
        switch (path.Section, value)
        {
            case (SectionNames.Records, { } json):
                session.Records.Put(path.Key, json);
                break;
            case (SectionNames.Records, null):
                session.Records.Remove(path.Key);
                break;
            case (_, { } json):
                session.Set(path.Section, path.Key, json);
                if (time is { } instant)
                {
                    session.Put(SectionNames.Expires, KeyTime.PathOf(path.Section, path.Key), instant);
                }

                break;
            default:
                session.Remove(path.Section, path.Key);
                break;
        }
    }

    private static ReadOnlyMemory<byte>? Value(ThreadState state, (string Section, string Key) path) => state.TryGet(path.Section, path.Key, out var json) ? json : (ReadOnlyMemory<byte>?)null;

    private static ReadOnlyMemory<byte>? Time(ThreadState state, (string Section, string Key) path) => Value(state, (SectionNames.Expires, KeyTime.PathOf(path.Section, path.Key)));

    private static JsonElement? Element(ReadOnlyMemory<byte>? json) => json is { } text ? Utf8Json.Parse(text) : null;

    /// <summary>What a key is on the sides of a merge, and what follows from that.</summary>
    private readonly record struct Sides(ReadOnlyMemory<byte>? Before, ReadOnlyMemory<byte>? Ours, ReadOnlyMemory<byte>? Theirs, MergeOutcome Outcome);
}
