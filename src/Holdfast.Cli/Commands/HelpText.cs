using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Holdfast.Cli.Commands;

/// <summary>The help, in which the list of commands shows what may be left out in brackets, as the usage of a command does.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var configuration = parseResult.InvocationConfiguration;
        var output = configuration.Output;
        using var text = new StringWriter();
        configuration.Output = text;
        var command = parseResult.CommandResult.Command;
        var replaced = ReplacedBy(command);
        replaced.ForEach(option => option.Hidden = true);
        try
        {
            new HelpAction().Invoke(parseResult);
        }
        finally
        {
            replaced.ForEach(option => option.Hidden = false);
            configuration.Output = output;
        }

        output.Write(WithBrackets(text.ToString(), command));
        return ExitCodes.Ok;
    }

    // Options of every command, in whose place the command has one of its own.
    private static List<Option> ReplacedBy(Command command)
    {
        var own = command.Options.Select(option => option.Name).ToHashSet(StringComparer.Ordinal);
        var inherited = new List<Option>();
        for (var parent = ParentOf(command); parent is not null; parent = ParentOf(parent))
        {
            inherited.AddRange(parent.Options.Where(option => option is { Recursive: true, Hidden: false } && own.Contains(option.Name)));
        }

        return inherited;

        static Command? ParentOf(Command child) => child.Parents.OfType<Command>().FirstOrDefault();
    }

    // The brackets take the place of two of the spaces that follow.
    private static string WithBrackets(string help, Command command)
        => command.Subcommands.SelectMany(child => child.Arguments.Select(argument => (child.Name, Argument: argument)))
            .Where(pair => pair.Argument.Arity.MinimumNumberOfValues == 0)
            .Aggregate(help, (text, pair) => text.Replace($"  {pair.Name} <{pair.Argument.Name}>  ", $"  {pair.Name} [<{pair.Argument.Name}>]", StringComparison.Ordinal));
}
