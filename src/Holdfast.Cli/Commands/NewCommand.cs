using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast new</c></summary>
internal sealed class NewCommand : Command
{
    public NewCommand(ToolHost host, GlobalOptions global)
        : base("new", "Make a new project from a template.")
    {
        Subcommands.Add(new NewAgentCommand(host, global));
        SetAction(parsed =>
        {
            new HelpText().Invoke(parsed);
            return ExitCodes.Usage;
        });
    }
}
