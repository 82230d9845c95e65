using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast interrupts</c></summary>
internal sealed class InterruptsCommand : Command
{
    public InterruptsCommand(ToolHost host, GlobalOptions global)
        : base("interrupts", "List, show and answer what agents ask people.")
    {
        Subcommands.Add(new InterruptsListCommand(host, global));
        Subcommands.Add(new InterruptsShowCommand(host, global));
        Subcommands.Add(new InterruptsAnswerCommand(host, global));
        SetAction(parsed =>
        {
            new HelpText().Invoke(parsed);
            return ExitCodes.Usage;
        });
    }
}
