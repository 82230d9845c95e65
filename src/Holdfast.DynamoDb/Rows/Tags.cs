using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Rows;

/// <summary>The tags by which a head is found: of its metadata, and of its terms. Two texts may share one: what a tag finds is always compared with the head itself.</summary>
internal static class Tags
{
    /// <summary>How many bytes of a digest are a tag.</summary>
    public const int Size = 8;

    /// <summary>The tags of everything in a head that can be searched for; null when there is nothing.</summary>
    public static AttributeValue? Of(ThreadHead head)
    {
        // A set may not have the same element twice, nor be empty.
        var tags = new Dictionary<ulong, MemoryStream>(head.Metadata.Count + head.Terms.Count);
        foreach (var (key, value) in head.Metadata)
        {
            Add(Of(key, value));
        }

        foreach (var term in head.Terms)
        {
            Add(Of(term));
        }

        return tags.Count == 0 ? null : new() { BS = [.. tags.Values] };

        void Add(byte[]? tag)
        {
            if (tag is not null)
            {
                tags.TryAdd(BitConverter.ToUInt64(tag), new(tag));
            }
        }
    }

    /// <summary>The tag of a key of metadata with a value; null for a value that cannot be searched for.</summary>
    public static byte[]? Of(string key, JsonElement value) => MetadataTerm.Of(value) is { } term ? Compute($"{key}\0{term}") : null;

    /// <summary>The tag of a term.</summary>
    public static byte[] Of(string term) => Compute($"\0{term}");

    private static byte[] Compute(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text))[..Size];
}
