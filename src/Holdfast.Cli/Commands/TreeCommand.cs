using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast tree</c></summary>
internal sealed class TreeCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();

    public TreeCommand(ToolHost host, GlobalOptions global)
        : base("tree", "Draw a thread with its forks, and the forks of those.", host, global)
        => Arguments.Add(_thread);

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var id = invocation.Get(_thread);
        var thread = invocation.Store.Thread(id);
        var info = await thread.GetInfoAsync(cancellationToken) ?? throw await invocation.NotFoundAsync(id, cancellationToken);
        var tree = ForkTree.Of(info, await thread.ForksAsync(cancellationToken).ToListAsync(cancellationToken));
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Object(tree.Write));
        }
        else
        {
            foreach (var line in tree.Lines())
            {
                invocation.Output.WritePlain(Plain.OneLine(line));
            }
        }

        return ExitCodes.Ok;
    }
}
