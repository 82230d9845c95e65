using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast log</c></summary>
internal sealed class LogCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<int?> _limit = Inputs.Count("--limit", "Only the first so many. [default: all]");
    private readonly Option<ThreadPoint?> _from = Inputs.OptionalPoint("--from", "Only commits from this point on.");
    private readonly Option<ThreadPoint> _to = Inputs.Point("Only commits up to this point.", "--to");
    private readonly Option<string?> _by = new("--by") { Description = "Only commits by this author or agent.", HelpName = "NAME" };
    private readonly Option<string?> _tag = new("--tag") { Description = "Only commits with this tag.", HelpName = "TAG" };
    private readonly Option<string?> _changed = new("--changed") { Description = "Only commits that changed this section, or this key of it.", HelpName = "SECTION[/KEY]" };
    private readonly Option<bool> _oldestFirst = new("--oldest-first") { Description = "Begin with the oldest commit." };

    public LogCommand(ToolHost host, GlobalOptions global)
        : base("log", "List the commits of a thread, newest first: what each changed, who made it, and why.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_limit);
        Options.Add(_from);
        Options.Add(_to);
        Options.Add(_by);
        Options.Add(_tag);
        Options.Add(_changed);
        Options.Add(_oldestFirst);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var query = new LogQuery
        {
            From = invocation.Get(_from) ?? 1,
            To = invocation.Get(_to),
            By = invocation.Get(_by),
            Tag = invocation.Get(_tag),
            Changed = invocation.Get(_changed),
            Ascending = invocation.Get(_oldestFirst),
        };
        if (query.From.Version == 0)
        {
            throw ToolException.Usage("--from must be a commit, from version 1; it is 0.");
        }

        if (query.To.Version < query.From.Version)
        {
            throw ToolException.Usage($"--to must not be before --from; it is {query.To}, and --from is {query.From}.", "--oldest-first says in which order they are listed.");
        }

        var commits = new List<CommitInfo>();
        try
        {
            await foreach (var commit in invocation.Store.Thread(thread).LogAsync(query, cancellationToken).Take(invocation.Get(_limit) ?? int.MaxValue).WithCancellation(cancellationToken))
            {
                commits.Add(commit);
            }
        }
        catch (CorruptStateException) when (commits.Count > 0 && !invocation.Json)
        {
            // What comes before the damage is whole.
            Print(invocation, commits);
            throw;
        }

        if (commits.Count == 0)
        {
            await invocation.RequireThreadAsync(thread, cancellationToken);
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
