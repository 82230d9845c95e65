using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast erase</c></summary>
internal sealed class EraseCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<bool> _force = new("--force") { Description = "Also a thread whose head cannot be read. What forks show of it is lost with it." };

    private readonly Option<bool> _children = new("--children") { Description = "Also its children, with theirs." };

    public EraseCommand(ToolHost host, GlobalOptions global)
        : base("erase", "Remove a thread with all its versions, deleted or not, for good.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_force);
        Options.Add(_children);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var options = new EraseOptions { Force = invocation.Get(_force), Children = invocation.Get(_children) };
        if (!await invocation.Store.Thread(thread).EraseAsync(options, cancellationToken))
        {
            throw await invocation.NotFoundAsync(thread, cancellationToken);
        }

        invocation.Answer($"Erased '{thread}'{(options.Children ? " and its children" : "")} for good.", writer =>
        {
            writer.WriteString("thread", thread.Value);
            writer.WriteBoolean("children", options.Children);
            writer.WriteBoolean("erased", true);
        });
        return ExitCodes.Ok;
    }
}
