using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast rollback</c></summary>
internal sealed class RollbackCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Argument<int> _commits = new("N") { Description = "How many commits. [default: 1]", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => 1 };
    private readonly Restoration _restoration = new();

    public RollbackCommand(ToolHost host, GlobalOptions global)
        : base("rollback", "Take back the newest commits of a thread, with a commit that says so. Shows what changes, and asks.", host, global)
    {
        Arguments.Add(_thread);
        Arguments.Add(_commits);
        _commits.Validators.Add(result =>
        {
            if (result.Tokens is [{ } token] && !(int.TryParse(token.Value, out var count) && count > 0))
            {
                result.AddError($"N must be a whole number from 1; it is '{token.Value}'.");
            }
        });
        _restoration.AddTo(this);
    }

    protected override Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
        => _restoration.RunAsync(invocation, invocation.Get(_thread), ThreadPoint.Back(invocation.Get(_commits)), cancellationToken);
}
