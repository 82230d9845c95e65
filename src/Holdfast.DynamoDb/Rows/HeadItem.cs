using System.Text;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Rows;

/// <summary>The head of a thread as it is stored, with what the log itself needs to know.</summary>
/// <param name="Head">The head.</param>
/// <param name="Rewriting">The rewrite that has been decided and is not carried out yet, if any.</param>
internal sealed record HeadItem(ThreadHead Head, string? Rewriting)
{
    // An item has at most 400 KB with the names and everything else.
    private const int MaxBytes = 360 * 1024;

    // The key of an index has at most 2048 bytes, of which tenant and shard take their part.
    private const int MaxUserBytes = 1536;

    /// <summary>What the indexes have of a head beside keys: what listings filter by. Of the times only the day, so that an index is written when the day changes.</summary>
    public static readonly IReadOnlyList<string> Filterable = [Attr.User, Attr.Agent, Attr.Status, Attr.ExpiryDay, Attr.Deleted, Attr.Tags, Attr.Day];

    public Place Place => Place.Of(Head.Key, Head.Life);

    /// <summary>Whether nothing happened between the two.</summary>
    public bool IsSameStateAs(HeadItem? other) => other is not null && Head.Stamp == other.Head.Stamp && IsSameRewriteAs(other);

    /// <summary>Whether nothing but appends happened between the two.</summary>
    public bool IsSameRewriteAs(HeadItem? other)
        => (Head.Life, Head.FirstVersion, Head.Revision, Rewriting) == (other?.Head.Life, other?.Head.FirstVersion, other?.Head.Revision, other?.Rewriting);

    /// <exception cref="CorruptStateException">The item cannot be the head of the thread.</exception>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote it.</exception>
    public static HeadItem Read(Item item, ThreadKey key)
    {
        var bounds = ReadBounds(item, key);
        var reader = new ItemReader(item, key, 0);
        var head = bounds.Head with
        {
            KeyframeVersion = reader.Number(Attr.Keyframe, 0, bounds.Head.Version),
            ChainHash = reader.Digest(Attr.Chain),
            UserId = reader.TextOrNull(Attr.User),
            Agent = reader.TextOrNull(Attr.Agent),
            Status = ThreadStatusNames.Read(reader.Text(Attr.Status), key),
            Metadata = HeadCodec.ReadMetadata(reader.Utf8(Attr.Metadata), key),
            Terms = HeadCodec.ReadTerms(reader.Utf8(Attr.Terms), key),
            MessageCount = reader.Number(Attr.Messages, 0, long.MaxValue),
            CreatedAt = reader.Instant(Attr.Created),
            UpdatedAt = reader.Instant(Attr.Updated),
            ExpiresAt = Instants.Read(reader.Twice(Attr.Expires, Attr.ExpiresTwice, long.MinValue), key),
            DeletedAt = reader.InstantOrNull(Attr.Deleted),
            DueAt = reader.InstantOrNull(Attr.Due),
            Properties = ReadProperties(reader, key),
            Revision = reader.Twice(Attr.Revision, Attr.RevisionTwice, 0) ?? 0,
            Heartbeat = reader.Twice(Attr.Heartbeat, Attr.HeartbeatTwice, 0) ?? 0,
            PinCount = (int)(reader.NumberOrNull(Attr.Pins, 0, int.MaxValue) ?? 0),
            LowestPin = reader.NumberOrNull(Attr.LowestPin, 1, long.MaxValue),
        };
        foreach (var (name, value) in Indexed(head))
        {
            if (!Values.AreSame(item.GetValueOrDefault(name), value))
            {
                throw new CorruptStateException(key, 0, $"the attribute '{name}' of its head does not follow from the others, as what the indexes have should.");
            }
        }

        return bounds with { Head = head };
    }

    /// <summary>Reads no more of a head than what finds entries: its life, its first version and its version. The rest may be damaged.</summary>
    /// <exception cref="CorruptStateException">The item cannot be the head of the thread.</exception>
    public static HeadItem ReadBounds(Item item, ThreadKey key)
    {
        if (item.Text(Attr.Partition) != Keys.Thread(key) || item.Text(Attr.Sort) != Keys.Head)
        {
            throw new CorruptStateException(key, 0, "its head was asked for, and the item that was found is another one.");
        }

        var reader = new ItemReader(item, key, 0);
        var version = reader.Number(Attr.Version, 1, uint.MaxValue);
        var head = new ThreadHead
        {
            Key = key,
            Life = Place.ParseLife(reader.Text(Attr.Life)) ?? throw reader.Corrupt(Attr.Life),
            FirstVersion = reader.Number(Attr.First, 1, version),
            Version = version,
            ChainHash = default,
            CreatedAt = default,
            UpdatedAt = default,
        };
        return new(head, reader.TextOrNull(Attr.Rewriting));
    }

    /// <summary>The attributes that an append writes; those whose value is null are removed.</summary>
    /// <exception cref="StateTooLargeException">The metadata or the user's id is too large for the head.</exception>
    public static Dictionary<string, AttributeValue?> Commits(ThreadHead head)
    {
        var attributes = Places(head);
        attributes[Attr.Version] = Values.Of(head.Version);
        attributes[Attr.Keyframe] = Values.Of(head.KeyframeVersion);
        attributes[Attr.Chain] = Values.Of(head.ChainHash);
        attributes[Attr.User] = Values.OfText(head.UserId);
        attributes[Attr.Agent] = Values.OfText(head.Agent);
        attributes[Attr.Status] = new(head.Status.ToName());
        attributes[Attr.Metadata] = Values.OfText(HeadCodec.WriteMetadata(head.Metadata));
        attributes[Attr.Terms] = Values.OfText(HeadCodec.WriteTerms(head.Terms));
        attributes[Attr.Tags] = Tags.Of(head);
        attributes[Attr.Messages] = Values.Of(head.MessageCount);
        attributes[Attr.Created] = Values.Of(head.CreatedAt);
        attributes[Attr.Updated] = Values.Of(head.UpdatedAt);
        attributes[Attr.Day] = Values.Day(head.UpdatedAt);
        attributes[Attr.Deleted] = Values.Of(head.DeletedAt);
        attributes[Attr.Due] = Values.Of(head.DueAt);
        Check(head, attributes);
        return attributes;
    }

    /// <summary>The attributes that tell when a thread expires.</summary>
    public static IEnumerable<KeyValuePair<string, AttributeValue?>> Expiry(DateTimeOffset? expiresAt)
        => [new(Attr.Expires, Values.Of(expiresAt)), new(Attr.ExpiresTwice, Values.Of(expiresAt)), new(Attr.ExpiryDay, Values.DayOrNull(expiresAt))];

    /// <summary>The attributes of a revision.</summary>
    public static List<KeyValuePair<string, AttributeValue?>> Revision(long revision) => [new(Attr.Revision, Values.Of(revision)), new(Attr.RevisionTwice, Values.Of(revision))];

    /// <summary>The attributes of a heartbeat.</summary>
    public static IEnumerable<KeyValuePair<string, AttributeValue?>> Heartbeat(long heartbeat) => [new(Attr.Heartbeat, Values.Of(heartbeat)), new(Attr.HeartbeatTwice, Values.Of(heartbeat))];

    /// <summary>The attributes of properties.</summary>
    public static IEnumerable<KeyValuePair<string, AttributeValue?>> Properties(IReadOnlyDictionary<string, string> properties)
    {
        var text = HeadCodec.WriteProperties(properties);
        return [new(Attr.Properties, Values.OfText(text)), new(Attr.PropertiesHash, text is null ? null : Values.Of(Digest.Compute(text)))];
    }

    /// <summary>The attributes by which the indexes find a head; they follow from its key.</summary>
    public static Dictionary<string, AttributeValue?> Places(ThreadHead head)
    {
        var (space, tenant) = (head.Key.Space, head.Key.Tenant);
        var shard = Keys.Shard(Keys.Thread(head.Key));
        return new()
        {
            [Attr.Shard] = new(shard),
            [Attr.InTenant] = new(Keys.InTenant(shard, space, tenant)),
            [Attr.OfUser] = head.UserId is { } user ? new(Keys.OfUser(shard, space, tenant, user)) : null,
            [Attr.Recent] = new(TimeKey.Write(head.UpdatedAt, head.Key)),
            [Attr.InSpace] = head.DueAt is null ? null : new(Keys.InSpace(shard, space)),
            [Attr.DueOrder] = head.DueAt is { } due ? new(TimeKey.WriteDue(due, head.Key)) : null,
        };
    }

    // What the indexes have of a head, all of which follows from the rest.
    private static IEnumerable<KeyValuePair<string, AttributeValue?>> Indexed(ThreadHead head)
        => [.. Places(head), new(Attr.Tags, Tags.Of(head)), new(Attr.Day, Values.Day(head.UpdatedAt)), new(Attr.ExpiryDay, Values.DayOrNull(head.ExpiresAt))];

    private static IReadOnlyDictionary<string, string> ReadProperties(ItemReader reader, ThreadKey key)
    {
        var text = reader.Utf8(Attr.Properties);
        return reader.DigestOrNull(Attr.PropertiesHash) == (text.IsEmpty ? null : Digest.Compute(text.Span)) ? HeadCodec.ReadProperties(text, key) : throw reader.Changed(Attr.Properties, Attr.PropertiesHash);
    }

    private static void Check(ThreadHead head, Dictionary<string, AttributeValue?> attributes)
    {
        var bytes = Encoding.UTF8.GetByteCount(attributes[Attr.Metadata]?.S ?? "")
            + Encoding.UTF8.GetByteCount(attributes[Attr.Terms]?.S ?? "")
            + ((attributes[Attr.Tags]?.BS.Count ?? 0) * (Tags.Size + 1));
        if (bytes > MaxBytes)
        {
            throw new StateTooLargeException(
                $"The metadata and terms of thread '{head.Key}' take {bytes} bytes; DynamoDB can hold {MaxBytes}. Keep large values in variables, which have no such limit.");
        }

        if (Encoding.UTF8.GetByteCount(head.UserId ?? "") is > MaxUserBytes and var userBytes)
        {
            throw new StateTooLargeException($"The user id of thread '{head.Key}' has {userBytes} bytes; DynamoDB can index {MaxUserBytes}.");
        }
    }
}
