using System.Text.Json;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary>Writes what a watch tells, an event in a line: for people, or as JSON.</summary>
internal sealed class WatchPrinter(Invocation invocation)
{
    private string? _position;

    public void Print(ThreadEvent told)
    {
        Write(told);
        _position = told.Position.ToString();
    }

    public void Print(ThreadChange change)
    {
        Write(change);
        _position = change.Position.ToString();
    }

    /// <summary>Tells people with which position to go on.</summary>
    public void TellHowToGoOn(ThreadId? thread)
    {
        if (_position is not null && !invocation.Json)
        {
            invocation.Error.WriteStyled($"It goes on with: holdfast watch {(thread is { } id ? Shell.Quote(id.Value) : "--all")} --from {_position}", Style.Plain);
        }
    }

    private void Write(ThreadEvent told)
    {
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Object(writer => Write(writer, told)));
            return;
        }

        invocation.Output.WritePlain(Plain.OneLine(told switch
        {
            ThreadCommitted committed => TextOf(committed.Commit),
            VersionsDropped dropped => $"versions {dropped.From} to {dropped.To} were dropped",
            ThreadDeleted => "the thread is deleted",
            ThreadEnded { Reason: ThreadEnd.Expired } => "the thread has expired",
            ThreadEnded { IsBegunAgain: true } => "the thread was erased, and begun again",
            ThreadEnded => "the thread was erased",
            _ => told.GetType().Name,
        }));
        foreach (var message in (told as ThreadCommitted)?.Messages ?? [])
        {
            invocation.Output.WritePlain($"    {Plain.OneLine($"{message.Role}: {MessageText.Of(message)}")}");
        }
    }

    private void Write(ThreadChange change)
    {
        var thread = change.Thread;
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Object(writer =>
            {
                ThreadJson.Write(writer, thread);
                writer.WriteString("threadPosition", thread.Position.ToString());
                writer.WriteString("position", change.Position.ToString());
            }));
            return;
        }

        invocation.Output.WritePlain(Plain.OneLine(
            $"{thread.Id} {thread.Version} {JsonText.Iso(thread.UpdatedAt)} {(thread.DeletedAt is null ? thread.Status.ToName() : "deleted")} {thread.Agent ?? "-"} {thread.UserId ?? "-"}"));
    }

    private static string TextOf(CommitInfo commit)
        => $"{commit.Version} {JsonText.Iso(commit.At)} {commit.By ?? "-"} {string.Join(", ", CommitText.ChangesOf(commit).Prepend($"+{commit.MessageCount}"))}{(commit.Reason is { } reason ? $" ({reason})" : "")}";

    private static void Write(Utf8JsonWriter writer, ThreadEvent told)
    {
        writer.WriteString("thread", told.ThreadId.Value);
        writer.WriteString("position", told.Position.ToString());
        switch (told)
        {
            case ThreadCommitted committed:
                writer.WriteString("event", "committed");
                CommitText.Write(writer, committed.Commit);
                writer.WriteStartArray("messages");
                foreach (var message in committed.Messages)
                {
                    JsonSerializer.Serialize(writer, message, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatMessage)));
                }

                writer.WriteEndArray();
                break;
            case VersionsDropped dropped:
                writer.WriteString("event", "dropped");
                writer.WriteNumber("from", dropped.From);
                writer.WriteNumber("to", dropped.To);
                break;
            case ThreadDeleted:
                writer.WriteString("event", "deleted");
                break;
            case ThreadEnded ended:
                writer.WriteString("event", ended.Reason == ThreadEnd.Expired ? "expired" : "erased");
                writer.WriteString("life", ended.Life.ToString());
                writer.WriteBoolean("isBegunAgain", ended.IsBegunAgain);
                break;
        }
    }
}
