using System.Security.Cryptography;
using Holdfast.Logs;
using Holdfast.Redis.Values;

namespace Holdfast.Redis.Indexing;

/// <summary>What the index says of a thread.</summary>
internal readonly record struct IndexEntry(ThreadKey Key, long Version, byte[] Terms, byte[] Digest, string Score, string Expiry)
{
    /// <summary>A digest is there to see whether terms differ, not to keep anybody from making equal ones.</summary>
    private const int DigestSize = 16;

    public static IndexEntry Of(ThreadHead head)
    {
        var terms = IndexTerms.Write(head);
        return new(
            head.Key, head.Version, terms, SHA256.HashData(terms)[..DigestSize], Instants.Text(Instants.Score(head.UpdatedAt)), Instants.TextOrNone(head.ExpiresAt));
    }
}
