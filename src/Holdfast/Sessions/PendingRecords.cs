using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The records of a thread as a session sees them: those that are committed, by their pointers, and those that the session adds.</summary>
internal sealed class PendingRecords(SessionState session)
{
    public IEnumerable<string> Names
        => (session.State.Find(SectionNames.Records)?.Keys ?? []).Union(Added.Select(record => record.Name!), StringComparer.Ordinal);

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

        if (!session.State.TryGet(SectionNames.Records, name, out var json))
        {
            return null;
        }

        var pointer = JsonElement.Parse(json.Span);
        var (version, index) = (pointer[0].GetInt64(), pointer[1].GetInt32());
        var records = await ReadAsync(version, cancellationToken).ConfigureAwait(false);
        return index < records.Count && records[index].Name == name
            ? records[index].Json
            : throw new CorruptStateException(session.Key, version, $"it is said to have the record '{name}' at place {index}, and has not.");
    }

    /// <summary>Lets the names point to where the records of the commit will stand.</summary>
    public void Place(long version)
    {
        for (var i = 0; i < session.Pending.Records.Count; i++)
        {
            if (session.Pending.Records[i].Name is { } name)
            {
                session.Set(SectionNames.Records, name, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{version},{i}]")));
            }
        }
    }

    /// <summary>The records of a version.</summary>
    public async ValueTask<List<StoredRecord>> ReadAsync(long version, CancellationToken cancellationToken)
    {
        var walk = new EntryWalk(session.Store.Bodies, session.Key) { Expected = version };
        var request = new ReadRequest { Key = session.Key, From = version, To = version, Life = session.Base?.Life };
        await foreach (var opened in walk.ReadAsync(session.Store.Calls, request, version, cancellationToken).ConfigureAwait(false))
        {
            return opened.Body.Change.Records;
        }

        throw new CorruptStateException(session.Key, version, "the entry is missing.");
    }
}
