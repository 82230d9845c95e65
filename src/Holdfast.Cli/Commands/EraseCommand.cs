using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast erase</c></summary>
internal sealed class EraseCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<bool> _force = new("--force") { Description = "Also a thread whose head cannot be read. What forks show of it is lost with it." };

    public EraseCommand(ToolHost host, GlobalOptions global)
        : base("erase", "Remove a thread with all its versions, deleted or not, for good.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_force);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        if (!await invocation.Store.Thread(thread).EraseAsync(invocation.Get(_force), cancellationToken))
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
