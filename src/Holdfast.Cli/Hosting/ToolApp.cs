using System.CommandLine;
using System.CommandLine.Invocation;
using Holdfast.Cli.Commands;

namespace Holdfast.Cli;

/// <summary>The tool: reads the command line, runs the command, and turns every failure into a message and an exit code.</summary>
internal sealed class ToolApp(ToolHost host)
{
    // A word that begins with @ is an id, a label or a text as it is, and no file with more of the command line.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        // Options that stand alone, such as --json, are read here too: a command line with errors still says how it wants to hear of them.
        var json = args.Contains("--json", StringComparer.Ordinal);
        try
        {
            var parsed = HoldfastCommand.Create(host).Parse(args, Parsing);
            return parsed.Action is ParseErrorAction
                ? throw ToolException.Usage(string.Join(" ", parsed.Errors.Select(error => error.Message)), HelpHint(parsed))
                : await parsed.InvokeAsync(Configuration(), host.Interruption.Token);
        }
        catch (OperationCanceledException) when (host.Interruption.Token.IsCancellationRequested)
        {
            return host.Interruption.ExitCode;
        }
        catch (IOException e) when (StandardOutput.IsClosed(e))
        {
            // As in `holdfast log THREAD | head`: the reader has what it wanted.
            return ExitCodes.OutputClosed;
        }
        catch (Exception e)
        {
            var report = ErrorReport.Of(e);
            report.Print(host.Error, json);
            if (host.Variable("HOLDFAST_DEBUG") is not null)
            {
                host.Error.WritePlain(e.ToString());
            }

            return report.ExitCode;
        }
    }

    private InvocationConfiguration Configuration() => new()
    {
        Output = host.Output.Profile.Out.Writer,
        Error = host.Error.Profile.Out.Writer,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    private static string HelpHint(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Name == HoldfastCommand.Name)
        {
            return "`holdfast --help` lists the commands.";
        }

        // A command of a group is called by both names.
        var group = command.Parents.OfType<Command>().FirstOrDefault(parent => parent.Name != HoldfastCommand.Name);
        return $"`holdfast {(group is null ? "" : $"{group.Name} ")}{command.Name} --help` lists its options.";
    }
}
