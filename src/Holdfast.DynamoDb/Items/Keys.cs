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

    private const string ThreadPrefix = "t:";
    private const char Separator = '\t';

    public static string Thread(ThreadKey key) => $"{Tenant(key.Tenant)}{key.Id.Value}";

    /// <summary>With what the partitions of a tenant's threads begin.</summary>
    public static string Tenant(string tenant) => $"{ThreadPrefix}{tenant}{Separator}";

    public static bool IsThread(string partition) => partition.StartsWith(ThreadPrefix, StringComparison.Ordinal);

    public static ThreadKey ParseThread(string partition)
    {
        var separator = partition.IndexOf(Separator, StringComparison.Ordinal);
        return ThreadKey.Of(partition[ThreadPrefix.Length..separator], ThreadId.Parse(partition[(separator + 1)..]));
    }

    public static string Entry(long version) => string.Create(CultureInfo.InvariantCulture, $"{FirstEntry}{version:D10}");

    public static long ParseVersion(string sort) => long.Parse(sort.AsSpan(FirstEntry.Length), CultureInfo.InvariantCulture);

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
