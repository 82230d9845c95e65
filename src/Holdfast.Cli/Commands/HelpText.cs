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
        try
        {
            new HelpAction().Invoke(parseResult);
        }
        finally
        {
            configuration.Output = output;
        }

        output.Write(WithBrackets(text.ToString(), parseResult.CommandResult.Command));
        return ExitCodes.Ok;
    }

    // The brackets take the place of two of the spaces that follow.
    private static string WithBrackets(string help, Command command)
        => command.Subcommands.SelectMany(child => child.Arguments.Select(argument => (child.Name, Argument: argument)))
            .Where(pair => pair.Argument.Arity.MinimumNumberOfValues == 0)
            .Aggregate(help, (text, pair) => text.Replace($"  {pair.Name} <{pair.Argument.Name}>  ", $"  {pair.Name} [<{pair.Argument.Name}>]", StringComparison.Ordinal));
}
