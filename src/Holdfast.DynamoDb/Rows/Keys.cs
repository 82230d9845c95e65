using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.DynamoDb.Rows;

/// <summary>The keys of the items.</summary>
/// <remarks>
/// A thread has a partition of its own: the number of its space + <c>:</c> + tenant + tab + id. Neither part can hold a tab, so no two threads meet, and the partitions
/// of a space sort as tenants and ids do. The head is <c>h</c> in it. <see cref="Place"/> tells where entries and pins are.
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

    private const int MaxIdBytes = 545;
    private const string LastCodePoint = "\udbff\udfff";
    private const char Separator = '\t';
    private const char AfterSpace = ':';

    public static string Thread(ThreadKey key) => $"{Tenant(key.Space, key.Tenant)}{key.Id.Value}";

    /// <summary>With what the partitions of a space's threads begin.</summary>
    public static string Space(ThreadSpace space) => string.Create(CultureInfo.InvariantCulture, $"{(int)space}{AfterSpace}");

    /// <summary>After the partitions of all of a space's threads.</summary>
    public static string AfterSpaceOf(ThreadSpace space) => string.Create(CultureInfo.InvariantCulture, $"{(int)space}{(char)(AfterSpace + 1)}");

    /// <summary>With what the partitions of a tenant's threads begin.</summary>
    public static string Tenant(ThreadSpace space, string tenant) => $"{Space(space)}{tenant}{Separator}";

    /// <summary>After the partitions of all of a tenant's threads: the tab sorts before everything that could follow a tenant's name, and a line feed comes next after a tab.</summary>
    public static string AfterTenant(ThreadSpace space, string tenant) => $"{Space(space)}{tenant}\n";

    /// <summary>After the partitions of all of a tenant's threads whose ids begin with a text; no other thread of an id so long comes between.</summary>
    public static string AfterPrefix(ThreadSpace space, string tenant, string prefix)
        => Tenant(space, tenant) + prefix
            + string.Concat(Enumerable.Repeat(LastCodePoint, ((MaxIdBytes - Encoding.UTF8.GetByteCount(prefix)) / Encoding.UTF8.GetByteCount(LastCodePoint)) + 1));

    /// <summary>Whether this is the partition of a thread, whatever its key may be.</summary>
    public static bool IsThread(string partition) => partition.Length > 1 && char.IsAsciiDigit(partition[0]) && partition[1] == AfterSpace;

    public static bool TryParseThread(string partition, out ThreadKey key)
    {
        key = default;
        if (!IsThread(partition) || partition.IndexOf(Separator, StringComparison.Ordinal) is not (> 0 and var separator))
        {
            return false;
        }

        try
        {
            key = ThreadKey.Of((ThreadSpace)(partition[0] - '0'), partition[2..separator], partition[(separator + 1)..]);
            return true;
        }
        catch (Exception e) when (e is InvalidIdentifierException or ArgumentOutOfRangeException)
        {
            return false;
        }
    }

    public static string Staged(long version) => string.Create(CultureInfo.InvariantCulture, $"{FirstStaged}{version:D10}");

    /// <summary>The version of a staged body by its sort key.</summary>
    public static long ParseStaged(string sort) => long.Parse(sort.AsSpan(FirstStaged.Length), CultureInfo.InvariantCulture);

    public static string WorkOn(string what) => $"w:{what}";

    public static string ChunkOf(string upload, int index) => string.Create(CultureInfo.InvariantCulture, $"c:{upload}:{index}");

    public static string Shard(string partition)
        => (SHA256.HashData(Encoding.UTF8.GetBytes(partition))[0] % Shards).ToString(CultureInfo.InvariantCulture);

    public static string InSpace(string shard, ThreadSpace space) => $"{shard}{Separator}{Space(space)}";

    public static string InTenant(string shard, ThreadSpace space, string tenant) => $"{shard}{Separator}{Space(space)}{tenant}";

    public static string OfUser(string shard, ThreadSpace space, string tenant, string user) => $"{InTenant(shard, space, tenant)}{Separator}{user}";

    public static Item Item(string partition, string sort) => new(2) { [Attr.Partition] = new(partition), [Attr.Sort] = new(sort) };

    public static Item HeadOf(ThreadKey key) => Item(Thread(key), Head);
}
