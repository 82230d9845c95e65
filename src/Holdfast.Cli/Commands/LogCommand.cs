using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast log</c></summary>
internal sealed class LogCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<int?> _limit = Inputs.Count("--limit", "Only the newest so many. [default: all]");

    public LogCommand(ToolHost host, GlobalOptions global)
        : base("log", "List the commits of a thread, newest first.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_limit);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var commits = await invocation.Store.Thread(thread).LogAsync(cancellationToken).Take(invocation.Get(_limit) ?? int.MaxValue).ToListAsync(cancellationToken);
        if (commits.Count == 0)
        {
            throw await invocation.NotFoundAsync(thread, cancellationToken);
        }

        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Array(commits, Write));
        }
        else
        {
            Print(invocation, commits);
        }

        return ExitCodes.Ok;
    }

    private static void Write(Utf8JsonWriter writer, CommitInfo commit)
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

        writer.WriteBoolean("changedHistory", commit.ChangedHistory);
        writer.WriteBoolean("isKeyframe", commit.IsKeyframe);
        writer.WriteNumber("bytes", commit.Bytes);
    }

    private static void Print(Invocation invocation, List<CommitInfo> commits)
    {
        var listing = new Listing("Version", "At", "Messages", "Bytes", "By", "Reason", "Changes") { LastColumnWraps = true };
        foreach (var commit in commits)
        {
            listing.Add(
                commit.IsKeyframe ? $"{commit.Version}*" : $"{commit.Version}",
                JsonText.Iso(commit.At),
                $"+{commit.MessageCount}",
                $"{commit.Bytes}",
                commit.By ?? "-",
                commit.Reason ?? "-",
                string.Join(", ", ChangesOf(commit)));
        }

        listing.Print(invocation.Output);
    }

    private static IEnumerable<string> ChangesOf(CommitInfo commit)
        => commit.Set.Concat(commit.Removed.Select(removed => $"-{removed}"))
            .Concat(commit.Agent is { } agent ? [$"agent {agent}"] : [])
            .Concat(commit.Status is { } status ? [$"status {status.ToName()}"] : [])
            .Concat(commit.ChangedHistory ? ["history"] : [])
            .Concat(commit.Deleted switch { true => ["deleted"], false => ["restored"], _ => [] });
}
