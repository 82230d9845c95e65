using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast config</c></summary>
internal sealed class ConfigCommand : Command
{
    public ConfigCommand(ToolHost host, GlobalOptions global)
        : base("config", "Validate and show the settings of an application in holdfast.yaml or appsettings.json.")
    {
        Subcommands.Add(new ConfigValidateCommand(host, global));
        Subcommands.Add(new ConfigShowCommand(host, global));
        SetAction(parsed =>
        {
            new HelpText().Invoke(parsed);
            return ExitCodes.Usage;
        });
    }

    /// <summary>The file that a command is about.</summary>
    public static Argument<string?> File() => new("FILE")
    {
        Description = "The file: YAML or JSON. [default: holdfast.yaml, holdfast.yml or appsettings.json in the current directory]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The section that a command is about.</summary>
    public static Option<string> Section() => new("--section")
    {
        Description = "The section with the settings of the store, such as Stores:Chats. [default: Holdfast]",
        HelpName = "PATH",
        DefaultValueFactory = _ => "Holdfast",
    };
}
