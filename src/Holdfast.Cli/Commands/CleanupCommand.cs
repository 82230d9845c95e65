using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast cleanup</c></summary>
internal sealed class CleanupCommand : ToolCommand
{
    private readonly Option<TimeSpan?> _olderThan = new("--older-than")
    {
        Description = "Also remove threads that were not updated for this long, such as 24h or 30d.",
        HelpName = "TIME",
        CustomParser = Inputs.ParseDuration,
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Count only, and remove nothing." };
    private readonly Option<bool> _includeWaiting = new("--include-waiting") { Description = "With --older-than: also threads that wait for a person, or for a time that is still to come." };

    private readonly Option<bool> _checkForks = new("--check-forks") { Description = "Also look at every thread for what was left undone around forks." };

    public CleanupCommand(ToolHost host, GlobalOptions global)
        : base("cleanup", "Remove, for good, threads that have expired; and with --older-than those that were not updated for a time.", host, global)
    {
        Options.Add(_olderThan);
        Options.Add(_dryRun);
        Options.Add(_includeWaiting);
        Options.Add(_checkForks);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        invocation.RequireStore("clean up");
        var options = new CleanupOptions
        {
            OlderThan = invocation.Get(_olderThan),
            DryRun = invocation.Get(_dryRun),
            IncludeWaiting = invocation.Get(_includeWaiting),
            CheckForks = invocation.Get(_checkForks),
        };
        var result = await invocation.Store.CleanupAsync(options, cancellationToken);
        var verb = result.IsDryRun ? "Would remove" : "Removed";
        var old = options.OlderThan is null ? "" : $" and {result.Old} old";
        var failed = result.Failed == 0 ? "" : $" {result.Failed} could not be looked after.";
        invocation.Answer($"{verb} {result.Expired} expired{old} {(options.OlderThan is null && result.Expired == 1 ? "thread" : "threads")}.{failed}", writer =>
        {
            writer.WriteNumber("expired", result.Expired);
            writer.WriteNumber("old", result.Old);
            writer.WriteNumber("failed", result.Failed);
            writer.WriteBoolean("dryRun", result.IsDryRun);
        });
        return result.Failed == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
