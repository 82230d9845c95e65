namespace Holdfast;

/// <summary>The records of a thread as a session sees them: those that are committed, by their pointers, and those that the session adds.</summary>
internal sealed class PendingRecords(SessionState session)
{
    // Each time that retention writes a record again, a place more is told of it.
    private const int MostEarlier = 100;

    public IEnumerable<string> Names
        => (session.State.Find(SectionNames.Records)?.Keys ?? []).Union(Added.Select(record => record.Name!), StringComparer.Ordinal);

    /// <summary>Reads records that are committed.</summary>
    public RecordReader Reader => new(session.Entries, session.Key);

    private IEnumerable<StoredRecord> Added => session.Pending.Records.Where(record => record.Name is not null);

    public bool Contains(string name) => session.State.Peek(SectionNames.Records, name) is not null || Added.Any(record => record.Name == name);

    public void Put(string name, ReadOnlyMemory<byte> json)
    {
        session.Pending.Records.RemoveAll(record => record.Name == name);
        session.Pending.Records.Add(new(StoredRecord.Value, name, json));
    }

    public bool Remove(string name)
    {
        var wasAdded = session.Pending.Records.RemoveAll(record => record.Name == name) > 0;
        return session.Remove(SectionNames.Records, name) || wasAdded;
    }

    /// <summary>The JSON text of a record; null if there is none.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        if ((Added.FirstOrDefault(record => record.Name == name) ?? session.Prepared?.Change.Records.FirstOrDefault(record => record.Name == name)) is { } added)
        {
            return added.Json;
        }

        // (Without the type, null would be an empty text.)
        return session.State.TryGet(SectionNames.Records, name, out var pointer) ? await Reader.NamedAsync(name, pointer, cancellationToken).ConfigureAwait(false) : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>Writes a committed record once more with the next commit, which says where its value stood before.</summary>
    /// <exception cref="HistoryDroppedException">The version that has it was dropped.</exception>
    /// <exception cref="CorruptStateException">The version that has it is damaged.</exception>
    public async ValueTask CarryAsync(string name, CancellationToken cancellationToken)
    {
        if (session.State.TryGet(SectionNames.Records, name, out var pointer))
        {
            var place = RecordPlace.Read(pointer);
            var record = await Reader.AtAsync(name, place, cancellationToken).ConfigureAwait(false);
            session.Pending.Records.Add(record with { Json = record.Json.ToArray(), Earlier = [.. record.Earlier.TakeLast(MostEarlier - 1), place] });
        }
    }

    /// <summary>Lets the names, and the ends of the lists, point to where the records of the commit will stand.</summary>
    public void Place(long version)
    {
        var records = session.Pending.Records;
        for (var i = 0; i < records.Count; i++)
        {
            if (records[i].Name is { } name)
            {
                session.Set(SectionNames.Records, name, new RecordPlace(version, i).ToJson());
                continue;
            }

            var kind = records[i].Kind;
            var previous = EndOf(kind);
            records[i] = records[i] with { Previous = previous };
            session.Set(SectionNames.Lists, kind, new RecordListEnd((previous?.Count ?? 0) + 1, version, i).ToJson());
        }
    }

    /// <summary>The records of a version.</summary>
    public async ValueTask<List<StoredRecord>> ReadAsync(long version, CancellationToken cancellationToken)
        => (await Reader.ReadAsync(version, cancellationToken).ConfigureAwait(false)).Change.Records;

    /// <summary>Takes the lists back to what is committed, as the commit was not written: what others add meanwhile comes first, and is no conflict.</summary>
    public void TakeUp()
    {
        foreach (var kind in session.Pending.Records.Where(record => record.Name is null).Select(record => record.Kind).Distinct(StringComparer.Ordinal))
        {
            session.Undo(SectionNames.Lists, kind);
        }
    }

    /// <summary>Adds a record to the list of its kind.</summary>
    public void Add(string kind, ReadOnlyMemory<byte> json) => session.Pending.Records.Add(new(kind, null, json));

    /// <summary>How many records a list has, with those that are not committed.</summary>
    public long CountOf(string kind) => (EndOf(kind)?.Count ?? 0) + Of(session.Pending, kind).Count();

    /// <summary>The records of a list that are not committed, newest first.</summary>
    public IEnumerable<StoredRecord> NotCommitted(string kind)
        => Of(session.Pending, kind).Reverse().Concat(session.Prepared is { } prepared ? Of(prepared.Change, kind).Reverse() : []);

    /// <summary>Where a list ends among what is committed; null if nothing of it is.</summary>
    public RecordListEnd? CommittedEndOf(string kind)
        => session.Prepared is { } prepared && Of(prepared.Change, kind).FirstOrDefault() is { } first ? first.Previous : EndOf(kind);

    private static IEnumerable<StoredRecord> Of(Change change, string kind) => change.Records.Where(record => record.Name is null && record.Kind == kind);

    private RecordListEnd? EndOf(string kind) => RecordReader.EndOf(session.State, kind, session.Key, session.Version);
}
