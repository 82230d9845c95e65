using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast cherry-pick</c></summary>
internal sealed class CherryPickCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Argument<ThreadId> _source = new("SOURCE") { Description = "The thread that has the commit; it may be the same one.", CustomParser = Inputs.ParseThread };
    private readonly Argument<ThreadPoint> _commit = Inputs.PointArgument("COMMIT", "The version whose commit it is.");
    private readonly Option<ConflictPolicy> _onConflict = new("--on-conflict")
    {
        Description = "What holds where the thread has changed the same key: theirs (the value of the commit), ours (that of the thread), or fail. [default: fail]",
        HelpName = "WHAT",
    };

    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the log of commits. [default: picked from SOURCE COMMIT]", HelpName = "TEXT" };
    private readonly Option<string?> _by = Inputs.By();

    public CherryPickCommand(ToolHost host, GlobalOptions global)
        : base("cherry-pick", "Make what one commit of another thread changed, key by key, on this thread. Messages are not picked.", host, global)
    {
        Arguments.Add(_thread);
        Arguments.Add(_source);
        Arguments.Add(_commit);
        Options.Add(_onConflict);
        Options.Add(_reason);
        Options.Add(_by);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var (thread, source) = (invocation.Get(_thread), invocation.Get(_source));
        await invocation.RequireThreadAsync(thread, cancellationToken);
        var options = new CherryPickOptions { OnConflict = invocation.Get(_onConflict), Reason = invocation.Get(_reason), By = invocation.By(_by) };
        var result = await invocation.Store.Thread(thread).CherryPickAsync(source, invocation.Get(_commit), options, cancellationToken);
        var kept = result.Conflicts.Select(conflict => conflict.ToString()).Except(result.Picked, StringComparer.Ordinal).ToList();
        var text = result.Commit.IsEmpty
            ? $"There is nothing to pick for '{thread}': it has what the commit made, or keeps its own values."
            : $"Picked {string.Join(", ", result.Picked)} for '{thread}' by version {result.Commit.Version}.";
        invocation.Answer(kept.Count == 0 ? text : $"{text} It keeps {string.Join(", ", kept)}.", writer =>
        {
            writer.WriteString("thread", thread.Value);
            writer.WriteString("source", source.Value);
            writer.WriteNumber("version", result.Commit.Version);
            writer.WriteStrings("picked", result.Picked);
            writer.WriteStrings("kept", kept);
        });
        return ExitCodes.Ok;
    }
}
