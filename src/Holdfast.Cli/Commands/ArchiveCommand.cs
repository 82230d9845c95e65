using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast archive</c></summary>
internal sealed class ArchiveCommand : ToolCommand
{
    private readonly Option<string> _to = new("--to") { Description = "The store to move them to.", HelpName = "URL", Required = true };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Count only, and move nothing." };
    private readonly Option<bool> _includeWaiting = new("--include-waiting") { Description = "Also threads that wait for a person." };

    private readonly Option<TimeSpan?> _olderThan = new("--older-than")
    {
        Description = "How long threads must not have been updated, such as 24h or 30d.",
        HelpName = "TIME",
        CustomParser = Inputs.ParseDuration,
        Required = true,
    };

    public ArchiveCommand(ToolHost host, GlobalOptions global)
        : base("archive", "Move threads that were not updated for a time to another store, whole; `copy` brings one back.", host, global)
    {
        Options.Add(_to);
        Options.Add(_olderThan);
        Options.Add(_dryRun);
        Options.Add(_includeWaiting);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var to = StoreUrls.Parse(invocation.Get(_to)!);
        await using var target = invocation.OpenAnother(to);
        if (!target.CommitLog.Capabilities.HasFlag(Logs.LogCapabilities.Durable))
        {
            throw ToolException.Usage($"What is moved to '{to.Scheme}:' would be gone when the command ends.", "Name another store with --to.");
        }

        var options = new ArchiveOptions
        {
            OlderThan = invocation.Get(_olderThan)!.Value,
            AllTenants = invocation.Store.Tenant.Length == 0,
            IncludeWaiting = invocation.Get(_includeWaiting),
            DryRun = invocation.Get(_dryRun),
        };
        var result = await invocation.Store.ArchiveAsync(target, options, cancellationToken);
        CopyFailures.Print(invocation.Error, "Not archived", invocation.Json ? [] : result.Failures);
        invocation.Answer($"{(result.IsDryRun ? "Would archive" : "Archived")} {Plain.Count(result.Archived, "thread")}; {result.Skipped} were changed meanwhile and stay, {result.Failures.Count} could not be moved.", writer =>
        {
            writer.WriteNumber("archived", result.Archived);
            writer.WriteNumber("skipped", result.Skipped);
            writer.WriteBoolean("dryRun", result.IsDryRun);
            CopyFailures.Write(writer, result.Failures);
        });
        return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
