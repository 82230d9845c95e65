using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast fork</c></summary>
internal sealed class ForkCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Argument<ThreadId> _new = Inputs.NewThread();
    private readonly Option<ThreadPoint> _point = Inputs.Point("Where it is forked. [default: the newest version]");
    private readonly Option<string?> _user = new("--user") { Description = "Who owns the fork. [default: the owner of the thread]", HelpName = "USER" };
    private readonly Option<string?> _by = Inputs.By();

    public ForkCommand(ToolHost host, GlobalOptions global)
        : base("fork", "Begin another thread that goes on from a point of this one. Nothing is copied.", host, global)
    {
        Arguments.Add(_thread);
        Arguments.Add(_new);
        Options.Add(_point);
        Options.Add(_user);
        Options.Add(_by);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var options = new ForkOptions { At = invocation.Get(_point), UserId = invocation.Get(_user), By = invocation.By(_by) };
        if (options.At.Version == 0)
        {
            throw ToolException.Usage("--at must be a point after the first commit; it is 0.");
        }

        var fork = await invocation.Store.Thread(invocation.Get(_thread)).ForkAsync(invocation.Get(_new), options, cancellationToken);
        var origin = fork.ForkedFrom!;
        invocation.Answer($"'{fork.Id}' goes on from version {origin.Version} of '{origin.Id}', with {fork.MessageCount} messages.", writer =>
        {
            writer.WriteString("thread", fork.Id.Value);
            writer.WriteNumber("version", fork.Version);
            ForkTree.WriteOrigin(writer, fork);
            writer.WriteNumber("messages", fork.MessageCount);
        });
        return ExitCodes.Ok;
    }
}
