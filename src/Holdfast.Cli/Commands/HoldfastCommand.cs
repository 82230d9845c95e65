using System.CommandLine;
using System.CommandLine.Help;

namespace Holdfast.Cli.Commands;

/// <summary>The whole command line.</summary>
internal static class HoldfastCommand
{
    public const string Name = "holdfast";

    public static Command Create(ToolHost host)
    {
        var global = new GlobalOptions(host);

        // Not a RootCommand: that one is named after the assembly, and users know the tool by its own name.
        var root = new Command(Name, "Durable, versioned memory for AI agents: chat with one that remembers, and look after the threads of a store.")
        {
            new ChatCommand(host, global),
            new ThreadsCommand(host, global),
            new ShowCommand(host, global),
            new LogCommand(host, global),
            new DiffCommand(host, global),
            new RestoreCommand(host, global),
            new RollbackCommand(host, global),
            new LabelCommand(host, global),
            new LabelsCommand(host, global),
            new WatchCommand(host, global),
            new ForkCommand(host, global),
            new TreeCommand(host, global),
            new MergeCommand(host, global),
            new CherryPickCommand(host, global),
            new TurnsCommand(host, global),
            new StepsCommand(host, global),
            new InterruptsCommand(host, global),
            new LeasesCommand(host, global),
            new VerifyCommand(host, global),
            new RecoverCommand(host, global),
            new CheckCommand(host, global),
            new MigrateStateCommand(host, global),
            new DoctorCommand(host, global),
            new DeleteCommand(host, global),
            new RestoreDeletedCommand(host, global),
            new EraseCommand(host, global),
            new EraseUserCommand(host, global),
            new ExtendCommand(host, global),
            new CleanupCommand(host, global),
            new TrimCommand(host, global),
            new RedactCommand(host, global),
            new CopyCommand(host, global),
            new ArchiveCommand(host, global),
            new ExportCommand(host, global),
            new ImportCommand(host, global),
            new ConfigCommand(host, global),
            new NewCommand(host, global),
            global.Store,
            global.Archive,
            global.Tenant,
            global.Json,
            new HelpOption { Action = new HelpText() },
            new VersionOption(),
        };
        root.SetAction(parsed =>
        {
            new HelpText().Invoke(parsed);
            return ExitCodes.Usage;
        });
        return root;
    }
}
