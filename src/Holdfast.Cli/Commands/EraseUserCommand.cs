using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast erase-user</c></summary>
internal sealed class EraseUserCommand : ToolCommand
{
    private readonly Argument<string> _user = new("user") { Description = "The id of the user.", HelpName = "USER" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Count only, and remove nothing." };

    public EraseUserCommand(ToolHost host, GlobalOptions global)
        : base("erase-user", "Remove everything of a user, for good: threads, forks of them, and variables.", host, global)
    {
        Arguments.Add(_user);
        Options.Add(_dryRun);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        invocation.RequireStore("erase");
        var user = invocation.Get(_user);
        var result = await invocation.Store.EraseUserAsync(user, invocation.Get(_dryRun), cancellationToken);
        var verb = result.IsDryRun ? "Would remove" : "Removed";
        invocation.Answer(
            Plain.OneLine($"{verb} {result.Threads} threads of '{user}', {result.Forks} forks of them, {result.Trunks} that were kept for forks, and {(result.HadVariables ? "the" : "no")} variables."),
            writer =>
            {
                writer.WriteString("user", user);
                writer.WriteNumber("threads", result.Threads);
                writer.WriteNumber("forks", result.Forks);
                writer.WriteNumber("trunks", result.Trunks);
                writer.WriteBoolean("variables", result.HadVariables);
                writer.WriteNumber("unreadable", result.Unreadable);
                writer.WriteBoolean("dryRun", result.IsDryRun);
            });
        if (!result.IsComplete)
        {
            invocation.Error.WritePlain(Plain.OneLine($"{result.Unreadable} damaged threads may be of '{user}' too, and were left: `holdfast verify` names them. Recover them, and run this again."));
        }

        return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
