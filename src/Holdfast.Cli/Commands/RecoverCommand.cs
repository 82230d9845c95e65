using System.CommandLine;
using System.Globalization;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast recover</c></summary>
internal sealed class RecoverCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<string?> _to = new("--to") { Description = "The file that everything is written to that is taken out of the thread. [default: recovered-TIME.jsonl, here]", HelpName = "FILE" };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do it without asking." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Tell what would be done, and do nothing." };

    public RecoverCommand(ToolHost host, GlobalOptions global)
        : base("recover", "Let a damaged thread go on from its last good version; what is damaged is brought to safety in a file first.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_to);
        Options.Add(_yes);
        Options.Add(_dryRun);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var handle = invocation.Store.Thread(thread);
        var plan = await handle.RecoverAsync(new() { DryRun = true }, cancellationToken);
        if (plan is { IsNeeded: false } || (plan is not null && invocation.Get(_dryRun)))
        {
            Answer(invocation, plan, plan.IsNeeded ? Plan(plan, "Would keep", "would be") : $"'{thread}' is intact: there is nothing to recover.", null);
            return ExitCodes.Ok;
        }

        // Where there is no thread, a recovery that was cut off may have left one to be brought back.
        var file = invocation.Get(_to) ?? string.Create(CultureInfo.InvariantCulture, $"recovered-{invocation.Host.Time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss}.jsonl");
        if (plan is not null && !Confirmed(invocation, plan, file))
        {
            throw ToolException.Usage("Nothing was done.", "With --yes nothing is asked.");
        }

        var done = await BundleFiles.WriteAsync(file, output => handle.RecoverAsync(new() { Quarantine = output }, cancellationToken).AsTask()) ?? throw await invocation.NotFoundAsync(thread, cancellationToken);
        Answer(invocation, done, $"{Plan(done, "Kept", "were")} What was taken out of the thread is in '{file}'.", file);
        return ExitCodes.Ok;
    }

    private bool Confirmed(Invocation invocation, RecoveryReport plan, string file)
    {
        if (invocation.Get(_yes))
        {
            return true;
        }

        foreach (var problem in plan.Verification.Problems)
        {
            invocation.Error.WritePlain(Plain.OneLine(problem.Version > 0 ? $"  version {problem.Version}: {problem.What}" : $"  head: {problem.What}"));
        }

        invocation.Error.WritePlain(Plain.OneLine($"{Plan(plan, "Would keep", "would be")} What is taken out of the thread is written to '{file}'. Type yes to do it:"));
        return invocation.Host.IsInteractive && invocation.Host.Input.ReadLine()?.Trim() is "yes" or "y";
    }

    private static string Plan(RecoveryReport report, string keep, string lost)
    {
        var what = report.LastKept == 0 ? "nothing of the thread"
            : report.FirstKept == report.LastKept ? $"version {report.LastKept}"
            : $"versions {report.FirstKept} to {report.LastKept}";
        var end = report.LostVersions == 0 ? "none at its end" : $"{report.LostVersions} at its end";
        var beginning = report.GivenUpVersions == 0 ? "" : $" and {report.GivenUpVersions} at its beginning";
        return $"{keep} {what} of '{report.Id}'; {end}{beginning} {lost} given up.";
    }

    private static void Answer(Invocation invocation, RecoveryReport report, string text, string? file) => invocation.Answer(text, writer =>
    {
        writer.WriteString("thread", report.Id.Value);
        writer.WriteBoolean("isNeeded", report.IsNeeded);
        writer.WriteBoolean("dryRun", report.IsDryRun);
        writer.WriteNumber("firstKept", report.FirstKept);
        writer.WriteNumber("lastKept", report.LastKept);
        writer.WriteNumber("lost", report.LostVersions);
        writer.WriteNumber("givenUp", report.GivenUpVersions);
        writer.WriteNumber("version", report.Commit?.Version);
        writer.WriteString("file", file);
    });
}
