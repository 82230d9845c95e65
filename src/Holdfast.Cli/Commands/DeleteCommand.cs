using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast delete</c></summary>
internal sealed class DeleteCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();

    public DeleteCommand(ToolHost host, GlobalOptions global)
        : base("delete", "Delete a thread so that no one sees it any more; restore-deleted brings it back.", host, global)
        => Arguments.Add(_thread);

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        if (!await invocation.Store.Thread(thread).DeleteAsync(cancellationToken))
        {
            throw await invocation.NotFoundAsync(thread, cancellationToken);
        }

        invocation.Answer($"Deleted '{thread}'. `holdfast restore-deleted {Shell.Quote(thread.Value)}` brings it back.", writer =>
        {
            writer.WriteString("thread", thread.Value);
            writer.WriteBoolean("deleted", true);
        });
        return ExitCodes.Ok;
    }
}
