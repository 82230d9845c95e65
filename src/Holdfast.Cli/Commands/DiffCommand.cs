using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast diff</c></summary>
internal sealed class DiffCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Argument<ThreadPoint> _from = Inputs.PointArgument("FROM", "The first point.");
    private readonly Argument<ThreadPoint> _to = Inputs.PointArgument("TO", "The second point. [default: newest]", isOptional: true);
    private readonly Option<ThreadId?> _with = Inputs.ThreadOption("--with", "TO is a point of this other thread.");

    public DiffCommand(ToolHost host, GlobalOptions global)
        : base("diff", "Show what is different between two points of a thread, or of two threads.", host, global)
    {
        Arguments.Add(_thread);
        Arguments.Add(_from);
        Arguments.Add(_to);
        Options.Add(_with);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var other = invocation.Get(_with) ?? thread;
        var diff = await invocation.Store.Thread(thread).DiffAsync(invocation.Get(_from), other, invocation.Get(_to), cancellationToken);
        if (diff is null)
        {
            await invocation.RequireThreadAsync(thread, cancellationToken);
            throw await invocation.NotFoundAsync(other, cancellationToken);
        }

        invocation.Output.WriteDiff(diff, invocation.Json);
        return ExitCodes.Ok;
    }
}
