using System.Globalization;
using System.Text.Json;

namespace Holdfast;

/// <summary>Versions of another thread that a fork shows as its own past. They are read there: by the id, or once the thread was erased, from its trunk.</summary>
/// <remarks>
/// A fork goes on with the versions of what it was forked from, so that a version alone tells which thread has it: what an origin does not have, and what is later than the last of them, is the fork's own.
/// Ranges of the history, pointers of records and open calls are versions, and so need not name a thread.
/// </remarks>
/// <param name="Id">The thread, of the fork's tenant.</param>
/// <param name="Life">Its life.</param>
/// <param name="From">The lowest version that the fork shows.</param>
/// <param name="To">The highest one: there the thread was forked.</param>
internal sealed record Origin(ThreadId Id, CommitId Life, long From, long To)
{
    public bool Contains(long version) => version >= From && version <= To;

    /// <summary>The key that the thread has, or had before it was erased.</summary>
    public ThreadKey KeyFor(ThreadKey fork) => ThreadKey.Of(fork.Tenant, Id);

    /// <summary>Where the versions may stand, in the order in which a thread that is being erased can be found.</summary>
    public IReadOnlyList<ThreadKey> PlacesFor(ThreadKey fork) => KeyFor(fork) is var key ? [key, ThreadKey.Trunk(key, Life)] : [];

    /// <summary>Writes the member <c>origins</c>, if there are any.</summary>
    public static void WriteAll(Utf8JsonWriter writer, IReadOnlyList<Origin> origins)
    {
        if (origins.Count > 0)
        {
            writer.WriteStartArray("origins"u8);
            foreach (var origin in origins)
            {
                origin.Write(writer);
            }

            writer.WriteEndArray();
        }
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(Id.Value);
        writer.WriteStringValue(Life.Value.ToString("N", CultureInfo.InvariantCulture));
        writer.WriteNumberValue(From);
        writer.WriteNumberValue(To);
        writer.WriteEndArray();
    }

    /// <exception cref="JsonException">The text is not that of an origin.</exception>
    public static Origin Read(ReadOnlyMemory<byte> json)
    {
        if (JsonElement.Parse(json.Span) is { ValueKind: JsonValueKind.Array } parts && parts.GetArrayLength() == 4
            && ThreadId.TryParse(parts[0].GetString(), out var id) && Guid.TryParseExact(parts[1].GetString(), "N", out var life)
            && parts[2].TryGetInt64(out var from) && parts[3].TryGetInt64(out var to) && from >= 1 && to >= from)
        {
            return new(id, new(life), from, to);
        }

        throw new JsonException("an origin is [id, life, from, to].");
    }
}
