using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast restore-deleted</c></summary>
internal sealed class RestoreDeletedCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();

    public RestoreDeletedCommand(ToolHost host, GlobalOptions global)
        : base("restore-deleted", "Bring back a thread that was deleted.", host, global)
        => Arguments.Add(_thread);

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        if (!await invocation.Store.Thread(thread).RestoreDeletedAsync(cancellationToken))
        {
            throw await invocation.Store.Thread(thread).GetInfoAsync(cancellationToken) is null
                ? await invocation.NotFoundAsync(thread, cancellationToken)
                : ToolException.NotFound($"Thread '{thread}' is not deleted.", "`holdfast threads --deleted` lists those that are.");
        }

        invocation.Answer($"Restored '{thread}'.", writer =>
        {
            writer.WriteString("thread", thread.Value);
            writer.WriteBoolean("restored", true);
        });
        return ExitCodes.Ok;
    }
}
