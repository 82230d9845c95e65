using System.Globalization;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The heads of threads and their entries as JSON in a bundle.</summary>
internal static class BundleHeads
{
    public static void Write(Utf8JsonWriter writer, ThreadHead head)
    {
        writer.WriteString("space"u8, head.Key.Space.ToName());
        writer.WriteString("tenant"u8, head.Key.Tenant);
        writer.WriteString("id"u8, head.Key.Id.Value);
        writer.WriteString("life"u8, head.Life.Value);
        writer.WriteNumber("first"u8, head.FirstVersion);
        writer.WriteNumber("version"u8, head.Version);
        writer.WriteNumber("keyframe"u8, head.KeyframeVersion);
        writer.WriteString("chain"u8, head.ChainHash.ToString());
        WriteOptional(writer, "user"u8, head.UserId);
        WriteOptional(writer, "agent"u8, head.Agent);
        writer.WriteString("status"u8, head.Status.ToName());
        writer.WriteNumber("messages"u8, head.MessageCount);
        WriteTime(writer, "created"u8, head.CreatedAt);
        WriteTime(writer, "updated"u8, head.UpdatedAt);
        WriteTime(writer, "expires"u8, head.ExpiresAt);
        WriteTime(writer, "deleted"u8, head.DeletedAt);
        WriteTime(writer, "due"u8, head.DueAt);
        if (head.Terms.Count > 0)
        {
            writer.WritePropertyName("terms"u8);
            HeadCodec.WriteTerms(writer, head.Terms);
        }

        if (head.Properties.Count > 0)
        {
            writer.WritePropertyName("properties"u8);
            HeadCodec.WriteProperties(writer, head.Properties);
        }

        if (head.Metadata.Count > 0)
        {
            writer.WritePropertyName("metadata"u8);
            HeadCodec.WriteMetadata(writer, head.Metadata);
        }
    }

    /// <exception cref="Exception">A member is missing, or not what it must be.</exception>
    public static ThreadHead Read(JsonElement head)
    {
        var space = ThreadSpaceNames.TryParse(Text(head, "space"), out var known) ? known : throw new FormatException($"there is no space '{Text(head, "space")}'.");
        var key = ThreadKey.Of(space, Text(head, "tenant"), Text(head, "id"));
        var life = new CommitId(head.GetProperty("life").GetGuid());
        if (space == ThreadSpace.Trunks && !(key.TryGetTrunk(out _, out var kept) && kept == life))
        {
            throw new FormatException($"'{key}' is no trunk of the life {life}.");
        }

        return new()
        {
            Key = key,
            Life = life,
            FirstVersion = Positive(head, "first"),
            Version = Positive(head, "version"),
            KeyframeVersion = head.GetProperty("keyframe").GetInt64(),
            ChainHash = Digest.Parse(Text(head, "chain")),
            UserId = Optional(head, "user"),
            Agent = Optional(head, "agent"),
            Status = ThreadStatusNames.Read(Text(head, "status"), key),
            MessageCount = head.GetProperty("messages").GetInt64(),
            CreatedAt = Time(head, "created") ?? throw new FormatException("'created' is missing."),
            UpdatedAt = Time(head, "updated") ?? throw new FormatException("'updated' is missing."),
            ExpiresAt = Time(head, "expires"),
            DeletedAt = Time(head, "deleted"),
            DueAt = Time(head, "due"),
            Terms = head.TryGetProperty("terms", out var terms) ? HeadCodec.ReadTerms(terms) : [],
            Properties = head.TryGetProperty("properties", out var properties) ? HeadCodec.ReadProperties(properties) : ThreadHead.NoProperties,
            Metadata = head.TryGetProperty("metadata", out var metadata) ? HeadCodec.ReadMetadata(metadata) : ThreadHead.EmptyMetadata,
        };
    }

    public static void WriteTime(Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset? time)
    {
        if (time is { } instant)
        {
            writer.WriteString(name, instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        }
    }

    public static DateTimeOffset? Time(JsonElement element, string name) => element.TryGetProperty(name, out var time) ? time.GetDateTimeOffset() : null;

    public static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null.");

    private static string? Optional(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static long Positive(JsonElement element, string name)
        => element.GetProperty(name).GetInt64() is > 0 and <= uint.MaxValue and var number ? number : throw new FormatException($"'{name}' is no version.");

    private static void WriteOptional(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}
