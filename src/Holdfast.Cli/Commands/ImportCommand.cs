using System.CommandLine;
using System.Globalization;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast import</c></summary>
internal sealed class ImportCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "The bundle; - for the standard input." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Check the whole bundle, and write nothing." };

    public ImportCommand(ToolHost host, GlobalOptions global)
        : base("import", "Bring the threads of a bundle into the store. What is there already is left, and nothing is overwritten.", host, global)
    {
        Arguments.Add(_file);
        Options.Add(_dryRun);
    }

    protected override bool OnlyReads => false;

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var options = new ImportOptions { AllTenants = invocation.Store.Tenant.Length == 0, DryRun = invocation.Get(_dryRun) };
        var file = invocation.Get(_file);
        await using var input = file == "-" ? invocation.Host.OpenInput() : BundleFiles.Open(file);
        try
        {
            var result = await BundleBar.ShowAsync(invocation, "Importing", progress => invocation.Store.ImportAsync(input, options, progress, cancellationToken).AsTask());
            Tell(invocation, result, options.DryRun);
            return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
        }
        catch (InvalidBundleException e) when (!input.CanSeek && !options.DryRun)
        {
            // A pipe is read once: what came before is in the store.
            throw new ToolException(e.Code, ExitCodes.Unreadable, e.Message, "The threads before that line were imported; nothing was overwritten. Take another copy of the bundle, and import it: what is there already is left.", e);
        }
    }

    private static void Tell(Invocation invocation, ImportResult result, bool isDryRun)
    {
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Object(writer =>
            {
                writer.WriteNumber("imported", result.Imported);
                writer.WriteNumber("unchanged", result.Unchanged);
                writer.WriteNumber("commits", result.Commits);
                writer.WriteNumber("skipped", result.Skipped);
                writer.WriteBoolean("dryRun", isDryRun);
                CopyFailures.Write(writer, result.Failures);
            }));
            return;
        }

        CopyFailures.Print(invocation.Error, "Not imported", result.Failures);
        var skipped = result.Skipped == 0 ? "" : $"; {Plain.Count(result.Skipped, "thread")} could not be exported whole and {(result.Skipped == 1 ? "is" : "are")} not in the bundle";
        var failed = result.Failures.Count == 0 ? "" : $"; {result.Failures.Count} could not be imported";
        invocation.Output.WritePlain(isDryRun
            ? $"The bundle is whole: {Plain.Count(result.Imported, "thread")}{skipped}."
            : string.Create(CultureInfo.InvariantCulture, $"Imported {Plain.Count(result.Imported, "thread")} ({Plain.Count(result.Commits, "commit")}); {result.Unchanged:N0} there already{skipped}{failed}."));
    }
}
