using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Holdfast.Logs;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast copy</c></summary>
internal sealed class CopyCommand : ToolCommand
{
    private readonly Option<string?> _from = new("--from") { Description = "The store to copy from. [default: that of --store]", HelpName = "URL" };
    private readonly Option<string> _to = new("--to") { Description = "The store to copy to.", HelpName = "URL", Required = true };
    private readonly Option<ThreadId?> _thread = Inputs.ThreadOption("Copy this thread only. [default: all threads, of all tenants unless --tenant names one]");

    public CopyCommand(ToolHost host, GlobalOptions global)
        : base(
            "copy",
            "Copy threads from one store to another, of whatever kind: every commit as it is. What is there already is left, and a copy that was cut off is taken up.",
            host,
            global)
    {
        Options.Add(_from);
        Options.Add(_to);
        Options.Add(_thread);
    }

    protected override StoreUrl StoreUrlOf(GlobalOptions global, ParseResult parsed)
        => parsed.GetValue(_from) is { Length: > 0 } from ? StoreUrls.Parse(from) : base.StoreUrlOf(global, parsed);

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        if (invocation.Missing is { } missing)
        {
            throw ToolException.Usage($"There is nothing to copy. {missing}", "Check --from.");
        }

        var to = StoreUrls.Parse(invocation.Get(_to)!);
        await using var target = invocation.OpenAnother(to);
        if (!target.CommitLog.Capabilities.HasFlag(LogCapabilities.Durable))
        {
            throw ToolException.Usage($"A copy to '{to.Scheme}:' would be gone when the command ends.", "Name another store with --to.");
        }

        var options = invocation.Get(_thread) is { } thread ? new CopyOptions { Threads = [thread] } : new() { AllTenants = invocation.Store.Tenant.Length == 0 };
        var result = await CopyAsync(invocation, target, options, cancellationToken);
        Print(invocation, result);
        return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<CopyResult> CopyAsync(Invocation invocation, AgentStateStore target, CopyOptions options, CancellationToken cancellationToken)
    {
        if (!invocation.Error.Profile.Out.IsTerminal)
        {
            return await invocation.Store.CopyToAsync(target, options, null, cancellationToken);
        }

        var columns = new ProgressColumn[] { new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn() };
        return await invocation.Error.Progress().AutoClear(true).Columns(columns).StartAsync(async context =>
            await invocation.Store.CopyToAsync(target, options, new Bar(context.AddTask("Copying")), cancellationToken));
    }

    private static void Print(Invocation invocation, CopyResult result)
    {
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Object(writer => Write(writer, result)));
            return;
        }

        CopyFailures.Print(invocation.Error, "Not copied", result.Failures);
        var failed = result.IsComplete ? "" : $"; {result.Failures.Count} could not be copied";
        invocation.Output.WritePlain(string.Create(
            CultureInfo.InvariantCulture,
            $"Copied {Plain.Count(result.Copied, "thread")} ({Plain.Count(result.Commits, "commit")}, {result.Bytes:N0} bytes); {result.Unchanged:N0} there already{failed}."));
    }

    private static void Write(Utf8JsonWriter writer, CopyResult result)
    {
        writer.WriteNumber("copied", result.Copied);
        writer.WriteNumber("unchanged", result.Unchanged);
        writer.WriteNumber("commits", result.Commits);
        writer.WriteNumber("bytes", result.Bytes);
        CopyFailures.Write(writer, result.Failures);
    }

    // Told from several threads; the bar draws itself from time to time.
    private sealed class Bar(ProgressTask task) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value)
        {
            task.MaxValue = Math.Max(value.TotalCommits, 1);
            task.Value = value.TotalCommits == 0 ? 1 : value.Commits;
        }
    }
}
