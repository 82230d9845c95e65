using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast export</c></summary>
internal sealed class ExportCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "The file to write; - for the standard output." };
    private readonly Option<ThreadId?> _thread = Inputs.ThreadOption("Export this thread only. [default: all threads, of all tenants unless --tenant names one]");

    public ExportCommand(ToolHost host, GlobalOptions global)
        : base("export", "Write threads to a bundle: every commit as it is, in JSON lines with checksums.", host, global)
    {
        Arguments.Add(_file);
        Options.Add(_thread);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        invocation.RequireStore("export");
        var options = invocation.Get(_thread) is { } thread ? new ExportOptions { Threads = [thread] } : new() { AllTenants = invocation.Store.Tenant.Length == 0 };
        var file = invocation.Get(_file);
        var result = file == "-"
            ? await ToOutputAsync(invocation, options, cancellationToken)
            : await BundleFiles.WriteAsync(file, output => ExportAsync(invocation, output, options, cancellationToken));
        Tell(invocation, result, isAnswer: file != "-");
        return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<ExportResult> ToOutputAsync(Invocation invocation, ExportOptions options, CancellationToken cancellationToken)
    {
        await using var output = invocation.Host.OpenOutput();
        return await ExportAsync(invocation, output, options, cancellationToken);
    }

    private static Task<ExportResult> ExportAsync(Invocation invocation, Stream output, ExportOptions options, CancellationToken cancellationToken)
        => BundleBar.ShowAsync(invocation, "Exporting", progress => invocation.Store.ExportAsync(output, options, progress, cancellationToken).AsTask());

    private static void Tell(Invocation invocation, ExportResult result, bool isAnswer)
    {
        if (invocation.Json && isAnswer)
        {
            invocation.Output.WritePlain(JsonText.Object(writer =>
            {
                writer.WriteNumber("threads", result.Threads);
                writer.WriteNumber("commits", result.Commits);
                writer.WriteNumber("bytes", result.Bytes);
                CopyFailures.Write(writer, result.Failures);
            }));
            return;
        }

        CopyFailures.Print(invocation.Error, "Not exported", result.Failures);
        var failed = result.IsComplete ? "" : $"; {result.Failures.Count} could not be exported";
        (isAnswer ? invocation.Output : invocation.Error).WritePlain(string.Create(
            CultureInfo.InvariantCulture, $"Exported {Plain.Count(result.Threads, "thread")} ({Plain.Count(result.Commits, "commit")}, {result.Bytes:N0} bytes){failed}."));
    }
}
