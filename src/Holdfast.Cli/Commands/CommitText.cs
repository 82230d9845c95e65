using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary>A commit as JSON, and what it changed in words.</summary>
internal static class CommitText
{
    public static void Write(Utf8JsonWriter writer, CommitInfo commit)
    {
        writer.WriteNumber("version", commit.Version);
        writer.WriteString("commitId", commit.CommitId.ToString());
        writer.WriteTime("at", commit.At);
        writer.WriteString("by", commit.By);
        writer.WriteString("agent", commit.Agent);
        writer.WriteString("reason", commit.Reason);
        writer.WriteString("status", commit.Status?.ToName());
        writer.WriteNumber("messageCount", commit.MessageCount);
        writer.WriteStrings("set", commit.Set);
        writer.WriteStrings("removed", commit.Removed);
        if (commit.Deleted is { } deleted)
        {
            writer.WriteBoolean("deleted", deleted);
        }
        else
        {
            writer.WriteNull("deleted");
        }

        writer.WriteNumber("restores", commit.Restores);
        writer.WriteString("turn", commit.Turn?.Value);
        writer.WriteStrings("tags", commit.Tags);
        writer.WriteBoolean("changedHistory", commit.ChangedHistory);
        writer.WriteBoolean("isKeyframe", commit.IsKeyframe);
        writer.WriteBoolean("isDropped", commit.IsDropped);
        writer.WriteNumber("bytes", commit.Bytes);
    }

    public static IEnumerable<string> ChangesOf(CommitInfo commit)
        => commit.Set.Concat(commit.Removed.Select(removed => $"-{removed}"))
            .Concat(commit.Agent is { } agent ? [$"agent {agent}"] : [])
            .Concat(commit.Status is { } status ? [$"status {status.ToName()}"] : [])
            .Concat(commit.Restores is { } restored ? [$"restores {restored}"] : [])
            .Concat(commit.ChangedHistory ? ["history"] : [])
            .Concat(commit.IsDropped ? ["dropped"] : [])
            .Concat(commit.Deleted switch { true => ["deleted"], false => ["restored"], _ => [] });
}
