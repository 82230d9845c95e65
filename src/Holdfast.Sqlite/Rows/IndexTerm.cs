using Holdfast.Logs;

namespace Holdfast.Sqlite.Rows;

/// <summary>A text by which a thread is found: of its metadata, or one of its terms.</summary>
/// <param name="Name">What it is a value of.</param>
/// <param name="Term">The text.</param>
/// <param name="Space">The space of the thread.</param>
/// <param name="Tenant">The tenant of the thread.</param>
internal readonly record struct IndexTerm(string Name, string Term, ThreadSpace Space, string Tenant)
{
    /// <summary>The name of the terms of a head.</summary>
    public const string OfHead = "";

    /// <summary>The name of the values of a metadata key.</summary>
    public static string OfMetadata(string key) => "$." + key;

    /// <summary>All of a head.</summary>
    public static HashSet<IndexTerm> Of(ThreadHead head)
    {
        var (space, tenant) = (head.Key.Space, head.Key.Tenant);
        var terms = new HashSet<IndexTerm>(head.Metadata.Count + head.Terms.Count);
        foreach (var (key, value) in head.Metadata)
        {
            if (MetadataTerm.Of(value) is { } term)
            {
                terms.Add(new(OfMetadata(key), term, space, tenant));
            }
        }

        foreach (var term in head.Terms)
        {
            terms.Add(new(OfHead, term, space, tenant));
        }

        return terms;
    }
}
