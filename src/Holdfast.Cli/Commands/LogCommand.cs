using System.CommandLine;

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
            invocation.Output.WritePlain(JsonText.Array(commits, CommitText.Write));
        }
        else
        {
            Print(invocation, commits);
        }

        return ExitCodes.Ok;
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
                string.Join(", ", CommitText.ChangesOf(commit)));
        }

        listing.Print(invocation.Output);
    }
}
