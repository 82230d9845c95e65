using System.CommandLine;
using Holdfast.Cli.Applications;

namespace Holdfast.Cli.Commands;

/// <summary>The options that name an application, whose migrations a command uses.</summary>
internal sealed class ApplicationOptions
{
    private readonly Option<string?> _app;
    private readonly Option<string?> _type = new("--type") { Description = "The class with its migrations. [default: the only one]", HelpName = "NAME" };

    public ApplicationOptions(string description, bool isRequired)
        => _app = new("--assembly") { Description = $"{description} It is loaded, and its class that implements {nameof(IStateMigrations)} is used.", HelpName = "FILE.dll", Required = isRequired };

    public void AddTo(Command command)
    {
        command.Options.Add(_app);
        command.Options.Add(_type);
    }

    /// <summary>The migrations that a command line asks for; null if it names no application.</summary>
    /// <exception cref="ToolException">The application cannot be used.</exception>
    public ApplicationMigrations? Load(ParseResult parsed)
    {
        if (parsed.GetValue(_app) is not { } path)
        {
            return parsed.GetValue(_type) is null ? null : throw ToolException.Usage("--type names a class of an application.", "Name the application with --assembly.");
        }

        return ApplicationMigrations.CanBeLoaded
            ? ApplicationMigrations.Load(path, parsed.GetValue(_type))
            : throw ToolException.Usage(
                "This build of the tool was trimmed or compiled ahead of time, and cannot load an application.",
                "Use the tool as its package has it: `dotnet tool install --global Holdfast.Cli`.");
    }
}
