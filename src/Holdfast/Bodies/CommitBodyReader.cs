using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads commit bodies. What it does not know it leaves alone.</summary>
internal ref struct CommitBodyReader
{
    /// <summary>What a body can ask for by <c>must</c> that this version knows.</summary>
    private static readonly string[] KnownFeatures = [CommitBody.TurnsFeature, CommitBody.ForksFeature];

    private readonly ReadOnlyMemory<byte> _json;
    private readonly LogEntry _entry;
    private Utf8JsonReader _reader;

    private CommitBodyReader(LogEntry entry, ReadOnlyMemory<byte> json)
    {
        _entry = entry;
        _json = json;
        _reader = new(_json.Span, new() { MaxDepth = Utf8Json.MaxBodyDepth });
    }

    /// <summary>Reads the body of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="json">The JSON text of its body.</param>
    /// <exception cref="CorruptStateException">It is not a commit body.</exception>
    /// <exception cref="UnknownFormatException">The body has a newer format, or needs something that this version does not know.</exception>
    public static CommitBody Read(LogEntry entry, ReadOnlyMemory<byte> json)
    {
        CommitBody body;
        try
        {
            body = new CommitBodyReader(entry, json).Read();
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new CorruptStateException(entry.Key, entry.Version, $"the body cannot be read: {e.Message}", e);
        }

        return body.IsDropped || body.Change.Messages.Count == entry.MessageCount
            ? body
            : throw new CorruptStateException(entry.Key, entry.Version, $"the body has {body.Change.Messages.Count} messages; {entry.MessageCount} are expected.");
    }

    private CommitBody Read()
    {
        var change = new Change();
        var body = new CommitBody { Change = change };
        VisibleHistory? history = null;
        long? count = null;
        long format = 0;
        Next(JsonTokenType.StartObject);
        while (NextProperty() is { } name)
        {
            switch (name)
            {
                case "v": CheckFormat(format = _reader.GetInt64()); break;
                case "at": body.At = _reader.GetDateTimeOffset(); break;
                case "must": CheckFeatures(); break;
                case "by": body.By = _reader.GetString(); break;
                case "user": change.UserId = _reader.GetString(); break;
                case "agent": (change.SetsAgent, change.Agent) = (true, _reader.GetString()); break;
                case "turn": body.Turn = _reader.GetString(); break;
                case "reason": body.Reason = _reader.GetString(); break;
                case "tags": body.Tags = ReadTexts(); break;
                case "messages": ReadMessages(change.Messages); break;
                case "records": ReadRecords(change.Records); break;
                case "set": ReadSections(change.Sections.Set); break;
                case "remove": ReadRemoved(change.Sections); break;
                case "append": ReadAppended(change.Sections); break;
                case "status": change.Status = Status(); break;
                case "history": history = VisibleHistory.Read(ref _reader); break;
                case "count": count = _reader.GetInt64(); break;
                case "openCalls": change.OpenCalls = ReadOpenCalls(); break;
                case "schema": change.Schema = _reader.GetInt32(); break;
                case "deleted": change.Deleted = _reader.GetBoolean(); break;
                case "restores": change.Restores = _reader.GetInt64(); break;
                case "merges": change.Merges = MergedFork.Read(Slice()); break;
                case "closes": change.Closes = _reader.GetBoolean(); break;
                case "dropped": body.IsDropped = _reader.GetBoolean(); break;
                case "state": ReadState(body); break;
                default: _reader.Skip(); break;
            }
        }

        if (history is not null)
        {
            change.History = count is { } visible ? new(history, visible) : throw new JsonException("'history' comes without 'count'.");
        }

        // Reading on throws if anything follows.
        return format > 0 && !_reader.Read() ? body : throw new JsonException("The body does not say its format.");
    }

    private void ReadState(CommitBody body)
    {
        var state = new ThreadState();
        body.State = state;
        Expect(JsonTokenType.StartObject);
        while (NextProperty() is { } name)
        {
            switch (name)
            {
                case "set": ReadSections(state.Set); break;
                case "user": state.UserId = _reader.GetString(); break;
                case "agent": state.Agent = _reader.GetString(); break;
                case "status": state.Status = Status(); break;
                case "history": state.History = VisibleHistory.Read(ref _reader); break;
                case "messages": state.MessageCount = _reader.GetInt64(); break;
                case "openCalls": state.OpenCalls = ReadOpenCalls(); break;
                case "schema": state.Schema = _reader.GetInt32(); break;
                case "deleted": state.IsDeleted = _reader.GetBoolean(); break;
                case "origins": state.Origins = ReadOrigins(); break;
                case "chain": body.ChainBefore = Digest.Parse(_reader.GetString() ?? ""); break;
                default: state.AddUnknown(name, Slice()); break;
            }
        }
    }

    private List<string> ReadTexts()
    {
        var texts = new List<string>();
        Expect(JsonTokenType.StartArray);
        while (NextElement())
        {
            texts.Add(_reader.GetString()!);
        }

        return texts;
    }

    // What the writer says that a reader must know; the rest of the body it may not understand.
    private void CheckFeatures()
    {
        foreach (var feature in ReadTexts())
        {
            if (!KnownFeatures.Contains(feature))
            {
                throw new UnknownFormatException($"Version {_entry.Version} of thread '{_entry.Key}' needs '{feature}'");
            }
        }
    }

    private void ReadMessages(List<StoredMessage> messages)
    {
        Expect(JsonTokenType.StartArray);
        while (NextElement())
        {
            messages.Add(new StoredMessage(Slice(), _entry.At));
        }
    }

    private void ReadRecords(List<StoredRecord> records)
    {
        Expect(JsonTokenType.StartArray);
        while (NextElement())
        {
            var (kind, recordName, data, previous, earlier) = ("", (string?)null, default(ReadOnlyMemory<byte>), (RecordListEnd?)null, (IReadOnlyList<RecordPlace>)[]);
            Expect(JsonTokenType.StartObject);
            while (NextProperty() is { } name)
            {
                switch (name)
                {
                    case "kind": kind = _reader.GetString() ?? ""; break;
                    case "name": recordName = _reader.GetString(); break;
                    case "previous": previous = RecordListEnd.Read(Slice()); break;
                    case "earlier": earlier = RecordPlace.ReadAll(Slice()); break;
                    case "data": data = Slice(); break;
                    default: _reader.Skip(); break;
                }
            }

            records.Add(data.IsEmpty ? throw new JsonException("A record has no data.") : new(kind, recordName, data) { Previous = previous, Earlier = earlier });
        }
    }

    private OpenCalls ReadOpenCalls()
    {
        var calls = new List<CallPlace>();
        Expect(JsonTokenType.StartArray);
        while (NextElement())
        {
            Expect(JsonTokenType.StartArray);
            Next(JsonTokenType.String);
            var id = _reader.GetString()!;
            _reader.Read();
            var name = _reader.GetString();
            Next(JsonTokenType.Number);
            var version = _reader.GetInt64();
            Next(JsonTokenType.Number);
            calls.Add(new(id, name, version, _reader.GetInt32()));
            Next(JsonTokenType.EndArray);
        }

        return calls.Count == 0 ? OpenCalls.None : new(calls);
    }

    private List<Origin> ReadOrigins()
    {
        var origins = new List<Origin>();
        Expect(JsonTokenType.StartArray);
        while (NextElement())
        {
            var origin = Origin.Read(Slice());
            origins.Add(origins.Count == 0 || origins[^1].To < origin.From ? origin : throw new JsonException("The origins are not in their order."));
        }

        return origins;
    }

    private void ReadSections(Action<string, string, ReadOnlyMemory<byte>> set)
    {
        Expect(JsonTokenType.StartObject);
        while (NextProperty() is { } section)
        {
            Expect(JsonTokenType.StartObject);
            while (NextProperty() is { } key)
            {
                set(section, key, Slice());
            }
        }
    }

    private void ReadRemoved(SectionChanges sections)
    {
        Expect(JsonTokenType.StartObject);
        while (NextProperty() is { } section)
        {
            Expect(JsonTokenType.StartArray);
            while (NextElement())
            {
                sections.MarkRemoved(section, _reader.GetString()!);
            }
        }
    }

    private void ReadAppended(SectionChanges sections)
    {
        Expect(JsonTokenType.StartObject);
        while (NextProperty() is { } section)
        {
            Expect(JsonTokenType.StartObject);
            while (NextProperty() is { } key)
            {
                Expect(JsonTokenType.StartArray);
                while (NextElement())
                {
                    sections.Append(section, key, Slice());
                }
            }
        }
    }

    // The text of the value that the reader stands on.
    private ReadOnlyMemory<byte> Slice()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return _json[start..(int)_reader.BytesConsumed];
    }

    private readonly ThreadStatus Status() => ThreadStatusNames.Read(_reader.GetString() ?? "", _entry.Key, _entry.Version);

    private void CheckFormat(long format)
    {
        if (format > CommitBody.Format)
        {
            throw new UnknownFormatException($"Version {_entry.Version} of thread '{_entry.Key}'", format, CommitBody.Format);
        }
    }

    // Steps to the value of the next property; null at the end of the object.
    private string? NextProperty()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }

        var name = _reader.GetString();
        _reader.Read();
        return name;
    }

    // Steps to the next element; false at the end of the array.
    private bool NextElement() => _reader.Read() && _reader.TokenType != JsonTokenType.EndArray;

    private void Next(JsonTokenType expected)
    {
        _reader.Read();
        Expect(expected);
    }

    private readonly void Expect(JsonTokenType expected)
    {
        if (_reader.TokenType != expected)
        {
            throw new JsonException($"Expected {expected}, found {_reader.TokenType}.");
        }
    }
}
