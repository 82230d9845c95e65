using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary>The JSON of a thread in a list.</summary>
internal static class ThreadJson
{
    public static void Write(Utf8JsonWriter writer, ThreadInfo thread)
    {
        writer.WriteString("thread", thread.Id.Value);
        writer.WriteNumber("version", thread.Version);
        writer.WriteString("status", thread.Status.ToName());
        writer.WriteString("agent", thread.Agent);
        writer.WriteString("user", thread.UserId);
        writer.WriteString("parent", thread.ParentId?.Value);
        writer.WriteNumber("messageCount", thread.MessageCount);
        WriteTimes(writer, thread);
        writer.WriteStartObject("metadata");
        foreach (var (key, value) in thread.Metadata)
        {
            writer.WritePropertyName(key);
            value.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    public static void WriteTimes(Utf8JsonWriter writer, ThreadInfo thread)
    {
        writer.WriteTime("createdAt", thread.CreatedAt);
        writer.WriteTime("updatedAt", thread.UpdatedAt);
        writer.WriteTime("expiresAt", thread.ExpiresAt);
        writer.WriteTime("deletedAt", thread.DeletedAt);
    }
}
