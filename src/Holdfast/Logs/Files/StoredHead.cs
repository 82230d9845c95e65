using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>Heads as a file gives them back.</summary>
internal static class StoredHead
{
    /// <summary>The head after an append, as it will be read from the file again.</summary>
    public static ThreadHead After(AppendRequest request, ThreadHead? previous)
    {
        var head = AppendRules.HeadAfter(request, previous);
        return head with
        {
            Metadata = Own(head.Metadata, previous?.Metadata),
            Terms = previous is not null && HeadMembers.IsSame(head.Terms, previous.Terms) ? previous.Terms : [.. head.Terms],
            Properties = previous?.Properties ?? HeadRules.Properties(new() { Key = head.Key, Properties = head.Properties.ToDictionary(pair => pair.Key, string? (pair) => pair.Value) }, ThreadHead.NoProperties),
            CreatedAt = LineFormat.Stored(head.CreatedAt),
            UpdatedAt = LineFormat.Stored(head.UpdatedAt),
            ExpiresAt = LineFormat.Stored(head.ExpiresAt),
            DeletedAt = LineFormat.Stored(head.DeletedAt),
            DueAt = LineFormat.Stored(head.DueAt),
        };
    }

    // A copy that nobody else can change or dispose, unless what was there says the same.
    private static IReadOnlyDictionary<string, JsonElement> Own(IReadOnlyDictionary<string, JsonElement> metadata, IReadOnlyDictionary<string, JsonElement>? owned)
        => owned is not null && ThreadHead.IsSameMetadata(metadata, owned) ? owned
            : metadata.Count == 0 ? ThreadHead.EmptyMetadata
            : metadata.ToDictionary(pair => pair.Key, pair => pair.Value.Clone(), StringComparer.Ordinal).AsReadOnly();
}
