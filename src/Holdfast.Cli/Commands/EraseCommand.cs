using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast erase</c></summary>
internal sealed class EraseCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();

    public EraseCommand(ToolHost host, GlobalOptions global)
        : base("erase", "Remove a thread with all its versions, deleted or not, for good.", host, global)
        => Arguments.Add(_thread);

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        if (!await invocation.Store.Thread(thread).EraseAsync(cancellationToken))
        {
            throw await invocation.NotFoundAsync(thread, cancellationToken);
        }

        invocation.Answer($"Erased '{thread}' for good.", writer =>
        {
            writer.WriteString("thread", thread.Value);
            writer.WriteBoolean("erased", true);
        });
        return ExitCodes.Ok;
    }
}
