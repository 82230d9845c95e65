using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast archive</c></summary>
internal sealed class ArchiveCommand : ToolCommand
{
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Count only, and move nothing." };
    private readonly Option<bool> _checkOrphans = new("--check-orphans") { Description = "Also count what the archive has and the store has not any more, and remove what was left half moved." };
    private readonly Option<bool> _removeOrphans = new("--remove-orphans") { Description = "Also erase in the archive what the store does not have any more." };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do it without asking." };

    private readonly Option<TimeSpan?> _olderThan = new("--older-than")
    {
        Description = "How long threads must not have been updated, such as 24h or 30d.",
        HelpName = "TIME",
        CustomParser = Inputs.ParseDuration,
        Required = true,
    };

    public ArchiveCommand(ToolHost host, GlobalOptions global)
        : base("archive", "Move what threads have before their newest version to the archive (--archive), of those that were not updated for a time. They stay threads of the store.", host, global)
    {
        Options.Add(_olderThan);
        Options.Add(_dryRun);
        Options.Add(_checkOrphans);
        Options.Add(_removeOrphans);
        Options.Add(_yes);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        if (invocation.Archive is not { } archive)
        {
            throw ToolException.Usage("No archive was named.", "Name the store to move to with --archive, or in HOLDFAST_ARCHIVE.");
        }

        if (!archive.Capabilities.HasFlag(Logs.LogCapabilities.Durable))
        {
            throw ToolException.Usage("What is moved to that archive would be gone when the command ends.", "Name another one with --archive.");
        }

        // Also because all that the archive has would be an orphan.
        invocation.RequireStore("archive");
        var options = new ArchiveOptions
        {
            OlderThan = invocation.Get(_olderThan)!.Value,
            AllTenants = invocation.Store.Tenant.Length == 0,
            DryRun = invocation.Get(_dryRun),
            CheckOrphans = invocation.Get(_checkOrphans),
            RemoveOrphans = invocation.Get(_removeOrphans),
        };
        if (options is { RemoveOrphans: true, DryRun: false } && !invocation.Get(_yes))
        {
            var plan = await invocation.Store.ArchiveAsync(options with { DryRun = true }, cancellationToken);
            await invocation.ConfirmAsync($"Erase {Plain.Count(plan.Orphans, "thread")} for good that the archive has and '{invocation.Store.CommitLog.Description}' has not?");
        }

        var result = await invocation.Store.ArchiveAsync(options, cancellationToken);
        CopyFailures.Print(invocation.Error, "Not archived", invocation.Json ? [] : result.Failures);
        invocation.Answer(Text(result), writer =>
        {
            writer.WriteNumber("archived", result.Archived);
            writer.WriteNumber("skipped", result.Skipped);
            writer.WriteNumber("orphans", result.Orphans);
            writer.WriteBoolean("dryRun", result.IsDryRun);
            CopyFailures.Write(writer, result.Failures);
        });
        return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static string Text(ArchiveResult result)
    {
        var text = $"{(result.IsDryRun ? "Would archive" : "Archived")} {Plain.Count(result.Archived, "thread")}; {result.Skipped} were changed meanwhile and stay, {result.Failures.Count} could not be moved.";
        return result.Orphans == 0 ? text : $"{text} The archive has {Plain.Count(result.Orphans, "thread")} that the store has not: --remove-orphans erases them.";
    }
}
