using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast restore</c></summary>
internal sealed class RestoreCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Argument<ThreadPoint> _point = Inputs.PointArgument("POINT", "Where to.");
    private readonly Restoration _restoration = new();

    public RestoreCommand(ToolHost host, GlobalOptions global)
        : base("restore", "Bring a thread back to an earlier point, with a commit that says so. Shows what changes, and asks.", host, global)
    {
        Arguments.Add(_thread);
        Arguments.Add(_point);
        _restoration.AddTo(this);
    }

    protected override Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
        => _restoration.RunAsync(invocation, invocation.Get(_thread), invocation.Get(_point), cancellationToken);
}
