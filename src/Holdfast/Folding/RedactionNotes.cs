using System.Globalization;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Compares the bodies that redactions were to replace with the hashes that they noted. Where several noted a version, the last one holds.</summary>
internal sealed class RedactionNotes
{
    private readonly Dictionary<long, Digest> _replaced = [];
    private readonly Dictionary<long, List<Digest>> _noted = [];

    /// <summary>Takes an entry into account, whether it can be read or not.</summary>
    public void Saw(LogEntry entry)
    {
        // One that was put back is as it was committed.
        if (entry.RewrittenHash is { } hash && hash != entry.BodyHash)
        {
            _replaced[entry.Version] = hash;
        }
    }

    /// <summary>Takes the notes of a commit into account.</summary>
    /// <exception cref="CorruptStateException">A note cannot be read.</exception>
    public void Read(OpenedEntry opened, CommitId life)
    {
        foreach (var record in opened.Body.Change.Records.Where(record => record is { Kind: StoredRecord.Redaction, Name: null }))
        {
            try
            {
                var note = JsonElement.Parse(record.Json.Span);
                if (note.GetProperty("life").GetString() != life.Value.ToString("N", CultureInfo.InvariantCulture))
                {
                    continue;
                }

                foreach (var body in note.GetProperty("bodies").EnumerateObject())
                {
                    var version = long.Parse(body.Name, NumberStyles.None, CultureInfo.InvariantCulture);
                    (_noted.TryGetValue(version, out var hashes) ? hashes : _noted[version] = []).Add(Digest.Parse(body.Value.GetString() ?? ""));
                }
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
            {
                throw new CorruptStateException(opened.Entry.Key, opened.Version, $"the note of a redaction cannot be read: {e.Message}", e);
            }
        }
    }

    /// <summary>The versions that still have what a redaction was to replace: it was cut off, or is under way.</summary>
    /// <param name="first">The oldest version that is there.</param>
    public IReadOnlyList<long> Pending(long first) => [.. Noted(first).Where(IsPending).Select(noted => noted.Key).Order()];

    /// <summary>The versions whose body is another one than any redaction noted.</summary>
    /// <param name="first">The oldest version that is there.</param>
    public IReadOnlyList<long> Wrong(long first)
        => [.. Noted(first).Where(noted => _replaced.TryGetValue(noted.Key, out var found) && found != CommitBody.DroppedHash && !noted.Value.Contains(found)).Select(noted => noted.Key).Order()];

    private IEnumerable<KeyValuePair<long, List<Digest>>> Noted(long first) => _noted.Where(noted => noted.Key >= first);

    // One that was dropped since has nothing that could be left.
    private bool IsPending(KeyValuePair<long, List<Digest>> noted)
        => !_replaced.TryGetValue(noted.Key, out var found) || (found != noted.Value[^1] && found != CommitBody.DroppedHash && noted.Value.Contains(found));
}
