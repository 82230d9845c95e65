using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast merge</c></summary>
internal sealed class MergeCommand : ToolCommand
{
    private readonly Argument<ThreadId> _fork = new("FORK") { Description = "The fork.", CustomParser = Inputs.ParseThread };
    private readonly Option<ConflictPolicy> _onConflict = new("--on-conflict")
    {
        Description = "What holds where both have changed the same key: theirs (the value of the fork), ours (that of the thread), or fail. [default: fail]",
        HelpName = "WHAT",
    };

    private readonly Option<string?> _by = Inputs.By();

    public MergeCommand(ToolHost host, GlobalOptions global)
        : base("merge", "Take what is new in a fork into the thread that it was forked from, with one commit.", host, global)
    {
        Arguments.Add(_fork);
        Options.Add(_onConflict);
        Options.Add(_by);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var fork = invocation.Get(_fork);
        if (await invocation.Store.Thread(fork).GetInfoAsync(cancellationToken) is not { } info)
        {
            throw await invocation.NotFoundAsync(fork, cancellationToken);
        }

        if (info.ForkedFrom is null)
        {
            throw ToolException.Usage($"'{fork}' is no fork, so there is nothing to merge it into.", "`holdfast tree THREAD` shows the forks of a thread.");
        }

        var commit = await invocation.Store.Thread(fork).MergeAsync(new() { OnConflict = invocation.Get(_onConflict), By = invocation.By(_by) }, cancellationToken);
        var text = commit.IsEmpty
            ? $"There is nothing new in '{fork}'."
            : $"'{fork}' was merged into '{commit.ThreadId}' by version {commit.Version}: {commit.MessageCount} messages, {commit.Set.Count + commit.Removed.Count} keys.";
        invocation.Answer(text, writer =>
        {
            writer.WriteString("fork", fork.Value);
            writer.WriteString("thread", commit.ThreadId.Value);
            writer.WriteNumber("version", commit.Version);
            writer.WriteNumber("messages", commit.MessageCount);
            writer.WriteNumber("keys", commit.Set.Count + commit.Removed.Count);
        });
        return ExitCodes.Ok;
    }
}
