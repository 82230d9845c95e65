using System.Text;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Items;

/// <summary>The head of a thread as it is stored, with what the log itself needs to know.</summary>
/// <param name="Head">The head.</param>
/// <param name="First">The oldest version that is there.</param>
/// <param name="Life">A name that a thread gets when it begins, and another if it is erased and begins anew.</param>
/// <param name="Rewriting">The rewrite that has been decided and is not carried out yet, if any.</param>
/// <param name="Rewrite">The last rewrite that was decided, if any.</param>
/// <param name="Erased">The erase that has been decided: the thread is gone, and its items are being removed.</param>
internal sealed record HeadItem(ThreadHead Head, long First, string Life, string? Rewriting, string? Rewrite, string? Erased)
{
    // An item has at most 400 KB with the names and everything else.
    private const int MaxMetadataBytes = 360 * 1024;

    // The key of an index has at most 2048 bytes, of which tenant and shard take their part.
    private const int MaxUserBytes = 1536;

    /// <summary>What the indexes have of a head beside keys: what listings filter by.</summary>
    public static readonly IReadOnlyList<string> Filterable = [Attr.User, Attr.Agent, Attr.Status, Attr.Expires, Attr.Deleted, Attr.Tags, Attr.Day];

    /// <summary>What an erase removes at once: the places in the listings, and what was said of people.</summary>
    public static readonly IReadOnlyList<string> RemovedByErase =
        [Attr.Shard, Attr.InTenant, Attr.OfUser, Attr.Recent, Attr.Tags, Attr.Metadata, Attr.User, Attr.Agent, Attr.Day];

    public bool IsErased => Erased is not null;

    /// <summary>Whether nothing but appends happened between the two.</summary>
    public bool IsSameStateAs(HeadItem? other)
        => other is not null && Head.ChainHash == other.Head.ChainHash && (Life, First, Rewriting, Rewrite, Erased) == (other.Life, other.First, other.Rewriting, other.Rewrite, other.Erased);

    /// <exception cref="CorruptStateException">The item cannot be the head of the thread.</exception>
    public static HeadItem Read(Item item, ThreadKey key)
    {
        if (item.Text(Attr.Partition) != Keys.Thread(key) || item.Text(Attr.Sort) != Keys.Head)
        {
            throw new CorruptStateException(key, 0, "its head was asked for, and the item that was found is another one.");
        }

        if (ReadErased(item, key) is { } erased)
        {
            return erased;
        }

        var reader = new ItemReader(item, key, 0);
        var version = reader.Number(Attr.Version, 1, uint.MaxValue);
        var head = new ThreadHead
        {
            Key = key,
            Version = version,
            KeyframeVersion = reader.Number(Attr.Keyframe, 0, version),
            ChainHash = reader.Digest(Attr.Chain),
            UserId = reader.TextOrNull(Attr.User),
            Agent = reader.TextOrNull(Attr.Agent),
            Status = ReadStatus(reader.Text(Attr.Status), key),
            Metadata = MetadataJson.Read(reader.TextOrNull(Attr.Metadata), key),
            MessageCount = reader.Number(Attr.Messages, 0, long.MaxValue),
            CreatedAt = reader.Instant(Attr.Created),
            UpdatedAt = reader.Instant(Attr.Updated),
            ExpiresAt = reader.InstantOrNull(Attr.Expires),
            DeletedAt = reader.InstantOrNull(Attr.Deleted),
        };
        return new(
            head, reader.Number(Attr.First, 1, version), reader.Text(Attr.Life), reader.TextOrNull(Attr.Rewriting), reader.TextOrNull(Attr.Rewrite), reader.TextOrNull(Attr.Erased));
    }

    /// <summary>Reads the head of a thread whose erase was decided; null if it was not. No more is read than the removal needs: the rest may be damaged.</summary>
    public static HeadItem? ReadErased(Item item, ThreadKey key)
        => item.Text(Attr.Erased) is { } erased
            ? new(new() { Key = key, Version = 0, ChainHash = default, CreatedAt = default, UpdatedAt = default }, 0, "", item.Text(Attr.Rewriting), null, erased)
            : null;

    /// <summary>The attributes that an append writes; those whose value is null are removed.</summary>
    /// <exception cref="StateTooLargeException">The metadata or the user's id is too large for the head.</exception>
    public static Dictionary<string, AttributeValue?> Attributes(ThreadHead head)
    {
        var partition = Keys.Thread(head.Key);
        var shard = Keys.Shard(partition);
        var metadata = MetadataJson.Write(head.Metadata);
        var tags = MetadataJson.Tags(head.Metadata);
        Check(head, metadata, tags);
        return new()
        {
            [Attr.Version] = Values.Of(head.Version),
            [Attr.Keyframe] = Values.Of(head.KeyframeVersion),
            [Attr.Chain] = Values.Of(head.ChainHash),
            [Attr.User] = Text(head.UserId),
            [Attr.Agent] = Text(head.Agent),
            [Attr.Status] = new(head.Status.ToName()),
            [Attr.Metadata] = Text(metadata),
            [Attr.Tags] = tags,
            [Attr.Messages] = Values.Of(head.MessageCount),
            [Attr.Created] = Instants.Write(head.CreatedAt),
            [Attr.Updated] = Instants.Write(head.UpdatedAt),
            [Attr.Expires] = Instants.Write(head.ExpiresAt),
            [Attr.Deleted] = Instants.Write(head.DeletedAt),
            [Attr.Shard] = new(shard),
            [Attr.InTenant] = new(Keys.InTenant(shard, head.Key.Tenant)),
            [Attr.OfUser] = head.UserId is { } user ? new(Keys.OfUser(shard, head.Key.Tenant, user)) : null,
            [Attr.Recent] = new(RecentKey.Write(HeadCursor.After(head))),
            [Attr.Day] = Values.Of(Instants.Day(head.UpdatedAt)),
        };
    }

    private static AttributeValue? Text(string? text) => text is null ? null : new(text);

    private static void Check(ThreadHead head, string? metadata, AttributeValue? tags)
    {
        var bytes = Encoding.UTF8.GetByteCount(metadata ?? "") + ((tags?.BS.Count ?? 0) * (MetadataJson.TagSize + 1));
        if (bytes > MaxMetadataBytes)
        {
            throw new StateTooLargeException(
                $"The metadata of thread '{head.Key}' takes {bytes} bytes; DynamoDB can hold {MaxMetadataBytes}. Keep large values in variables, which have no such limit.");
        }

        if (Encoding.UTF8.GetByteCount(head.UserId ?? "") is > MaxUserBytes and var userBytes)
        {
            throw new StateTooLargeException($"The user id of thread '{head.Key}' has {userBytes} bytes; DynamoDB can index {MaxUserBytes}.");
        }
    }

    private static ThreadStatus ReadStatus(string name, ThreadKey key)
        => ThreadStatusNames.TryParse(name, out var status)
            ? status
            : throw new CorruptStateException(key, 0, $"its status '{name}' is none that this version of Holdfast knows.");
}
