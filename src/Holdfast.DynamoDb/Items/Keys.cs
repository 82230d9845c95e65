using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.DynamoDb.Items;

/// <summary>The keys of the items.</summary>
/// <remarks>
/// A thread has a partition of its own: <c>t:</c> + tenant + tab + id. Neither part can hold a tab, so no two threads meet, and partitions
/// sort as tenants and ids do. In it the entries are <c>e:</c> + version and the head is <c>h</c>, so that a query from the end meets
/// the head first and then the newest entries.
/// </remarks>
internal static class Keys
{
    /// <summary>In how many parts an index is divided, so that no single partition of it takes every write. It can never change.</summary>
    public const int Shards = 8;

    public const string Head = "h";
    public const string Work = "w";
    public const string Chunk = "c";
    public const string FirstEntry = "e:";
    public const string FirstStaged = "s:";

    /// <summary>The shard of what is not a thread but work under way.</summary>
    public const string WorkShard = "work";

    private const int MaxIdBytes = 512;
    private const string LastCodePoint = "\udbff\udfff";
    private const string ThreadPrefix = "t:";
    private const char Separator = '\t';

    public static string Thread(ThreadKey key) => $"{Tenant(key.Tenant)}{key.Id.Value}";

    /// <summary>With what the partitions of a tenant's threads begin.</summary>
    public static string Tenant(string tenant) => $"{ThreadPrefix}{tenant}{Separator}";

    /// <summary>After the partitions of all of a tenant's threads whose ids begin with a text; no other thread of an id so long comes between.</summary>
    public static string AfterPrefix(string tenant, string prefix)
        => Tenant(tenant) + prefix + string.Concat(Enumerable.Repeat(LastCodePoint, ((MaxIdBytes - Encoding.UTF8.GetByteCount(prefix)) / Encoding.UTF8.GetByteCount(LastCodePoint)) + 1));

    public static bool IsThread(string partition) => partition.StartsWith(ThreadPrefix, StringComparison.Ordinal);

    public static ThreadKey ParseThread(string partition)
        => TryParseThread(partition, out var key) ? key : throw new FormatException("A partition that was expected to be a thread's is not named as one.");

    public static bool TryParseThread(string partition, out ThreadKey key)
    {
        key = default;
        if (!IsThread(partition) || partition.IndexOf(Separator, StringComparison.Ordinal) is not (> 0 and var separator) || !ThreadId.TryParse(partition[(separator + 1)..], out var id))
        {
            return false;
        }

        try
        {
            key = ThreadKey.Of(partition[ThreadPrefix.Length..separator], id);
            return true;
        }
        catch (InvalidIdentifierException)
        {
            return false;
        }
    }

    public static string Entry(long version) => string.Create(CultureInfo.InvariantCulture, $"{FirstEntry}{version:D10}");

    public static long ParseVersion(string sort) => long.Parse(sort.AsSpan(FirstEntry.Length), CultureInfo.InvariantCulture);

    /// <summary>The version of an entry by its sort key; null if it is no entry's.</summary>
    public static long? VersionOf(string sort)
        => sort.Length > FirstEntry.Length && long.TryParse(sort.AsSpan(FirstEntry.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && Entry(version) == sort
            ? version
            : null;

    public static string Staged(long version) => string.Create(CultureInfo.InvariantCulture, $"{FirstStaged}{version:D10}");

    public static string WorkOn(string what) => $"w:{what}";

    public static string ChunkOf(string upload, int index) => string.Create(CultureInfo.InvariantCulture, $"c:{upload}:{index}");

    public static string Shard(string partition)
        => (SHA256.HashData(Encoding.UTF8.GetBytes(partition))[0] % Shards).ToString(CultureInfo.InvariantCulture);

    public static string InTenant(string shard, string tenant) => $"{shard}{Separator}{tenant}";

    public static string OfUser(string shard, string tenant, string user) => $"{shard}{Separator}{tenant}{Separator}{user}";

    public static Item Item(string partition, string sort) => new(2) { [Attr.Partition] = new(partition), [Attr.Sort] = new(sort) };

    public static Item HeadOf(ThreadKey key) => Item(Thread(key), Head);
}
