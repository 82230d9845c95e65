using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads commit bodies. What it does not know it leaves alone.</summary>
internal ref struct CommitBodyReader
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly LogEntry _entry;
    private Utf8JsonReader _reader;

    private CommitBodyReader(LogEntry entry)
    {
        _entry = entry;
        _json = entry.Body;
        _reader = new(_json.Span, new() { MaxDepth = Utf8Json.MaxBodyDepth });
    }

    /// <summary>Reads the body of an entry, after checking that it is what was written.</summary>
    /// <exception cref="CorruptStateException">The body is not what was written, or is not a commit body.</exception>
    /// <exception cref="UnknownFormatException">The body has a newer format.</exception>
    public static CommitBody Read(LogEntry entry)
    {
        if (Digest.Compute(entry.Body.Span) != entry.StoredHash)
        {
            throw new CorruptStateException(entry.Key, entry.Version, "the body does not have the hash that was stored with it.");
        }

        CommitBody body;
        try
        {
            body = new CommitBodyReader(entry).Read();
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new CorruptStateException(entry.Key, entry.Version, $"the body cannot be read: {e.Message}", e);
        }

        return body.Messages.Count == entry.MessageCount
            ? body
            : throw new CorruptStateException(entry.Key, entry.Version, $"the body has {body.Messages.Count} messages; {entry.MessageCount} are expected.");
    }

    private CommitBody Read()
    {
        var body = new CommitBody();
        long format = 0;
        Next(JsonTokenType.StartObject);
        while (NextProperty() is { } name)
        {
            switch (name)
            {
                case "v": CheckFormat(format = _reader.GetInt64()); break;
                case "at": body.At = _reader.GetDateTimeOffset(); break;
                case "user": body.UserId = _reader.GetString(); break;
                case "agent": (body.SetsAgent, body.Agent) = (true, _reader.GetString()); break;
                case "reason": body.Reason = _reader.GetString(); break;
                case "tags": body.Tags = ReadTags(); break;
                case "messages": ReadMessages(body); break;
                case "set": ReadSections((section, key, value) => body.Set.Add((section, key, value))); break;
                case "remove": ReadRemoved(body); break;
                case "status": body.Status = Status(); break;
                case "history": body.History = VisibleHistory.Read(ref _reader); break;
                case "count": body.MessageCount = _reader.GetInt64(); break;
                case "deleted": body.Deleted = _reader.GetBoolean(); break;
                case "state": ReadState(body); break;
                default: _reader.Skip(); break;
            }
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
                case "deleted": state.IsDeleted = _reader.GetBoolean(); break;
                case "chain": body.ChainBefore = Digest.Parse(_reader.GetString() ?? ""); break;
                default: state.AddUnknown(name, Slice()); break;
            }
        }
    }

    private List<string> ReadTags()
    {
        var tags = new List<string>();
        Expect(JsonTokenType.StartArray);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            tags.Add(_reader.GetString()!);
        }

        return tags;
    }

    private void ReadMessages(CommitBody body)
    {
        Expect(JsonTokenType.StartArray);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            body.Messages.Add(new StoredMessage(Slice(), _entry.At));
        }
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

    private void ReadRemoved(CommitBody body)
    {
        Expect(JsonTokenType.StartObject);
        while (NextProperty() is { } section)
        {
            Expect(JsonTokenType.StartArray);
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            {
                body.Remove.Add((section, _reader.GetString()!));
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

    private ThreadStatus Status()
        => ThreadStatusNames.TryParse(_reader.GetString() ?? "", out var status) ? status : throw new JsonException("The status is not known.");

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
