using System.CommandLine;
using System.Globalization;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast recover</c></summary>
internal sealed class RecoverCommand : ToolCommand
{
    private readonly Argument<ThreadId?> _thread = Inputs.OptionalThread("The id of the thread.");
    private readonly Option<string?> _user = new("--user") { Description = "Recover the variables of this user, instead of a thread.", HelpName = "ID" };
    private readonly Option<bool> _app = new("--app") { Description = "Recover the variables of the application, instead of a thread." };
    private readonly Option<string?> _to = new("--to") { Description = "The file that everything is written to that is taken out. [default: recovered-TIME.jsonl, here]", HelpName = "FILE" };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do it without asking." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Tell what would be done, and do nothing." };

    public RecoverCommand(ToolHost host, GlobalOptions global)
        : base("recover", "Let a damaged thread, or damaged variables, go on from the last good version; what is damaged is brought to safety in a file first.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_user);
        Options.Add(_app);
        Options.Add(_to);
        Options.Add(_yes);
        Options.Add(_dryRun);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var target = TargetOf(invocation);
        var plan = await target.RecoverAsync(new() { DryRun = true }, cancellationToken);
        if (plan is { IsNeeded: false } || (plan is not null && invocation.Get(_dryRun)))
        {
            Answer(invocation, target, plan, plan.IsNeeded ? Plan(target, plan, "Would keep", "would be") : $"{target.IsIntact}: there is nothing to recover.", null);
            return ExitCodes.Ok;
        }

        // Where there is no thread, a recovery that was cut off may have left one to be brought back.
        var file = invocation.Get(_to) ?? string.Create(CultureInfo.InvariantCulture, $"recovered-{invocation.Host.Time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss}.jsonl");
        if (plan is not null && !invocation.Get(_yes))
        {
            await ConfirmAsync(invocation, target, plan, file);
        }

        var done = await RecoverAsync(invocation, target, file, cancellationToken) ?? throw await NotFoundAsync(invocation, target, cancellationToken);
        Answer(invocation, target, done, $"{Plan(target, done, "Kept", "were")} What was taken out is in '{file}'.", file);
        return ExitCodes.Ok;
    }

    private static async Task<RecoveryReport?> RecoverAsync(Invocation invocation, RecoverTarget target, string file, CancellationToken cancellationToken)
    {
        try
        {
            return await QuarantineFile.WriteAsync(file, output => target.RecoverAsync(new() { Quarantine = output }, cancellationToken).AsTask());
        }
        catch (Exception e) when (e is AgentStateException or OperationCanceledException && File.Exists(file))
        {
            invocation.Error.WritePlain(Plain.OneLine($"What was taken out until then is in '{file}': keep it. Run the command again with another file, and it goes on."));
            throw;
        }
    }

    private RecoverTarget TargetOf(Invocation invocation) => (invocation.Get(_thread), invocation.Get(_user), invocation.Get(_app)) switch
    {
        ({ } thread, null, false) => RecoverTarget.Thread(invocation.Store, thread),
        (null, { } user, false) => RecoverTarget.User(invocation.Store, user),
        (null, null, true) => RecoverTarget.App(invocation.Store),
        _ => throw ToolException.Usage("Say what is to be recovered: a thread, --user ID or --app.", "`holdfast verify --all` tells what is damaged."),
    };

    private async Task<Exception> NotFoundAsync(Invocation invocation, RecoverTarget target, CancellationToken cancellationToken)
        => invocation.Get(_thread) is { } thread
            ? await invocation.NotFoundAsync(thread, cancellationToken)
            : ToolException.NotFound($"{target.IsMissing}.", invocation.Missing);

    private static Task ConfirmAsync(Invocation invocation, RecoverTarget target, RecoveryReport plan, string file)
    {
        foreach (var problem in plan.Verification.Problems)
        {
            invocation.Error.WritePlain(Plain.OneLine(problem.Version > 0 ? $"  version {problem.Version}: {problem.What}" : $"  head: {problem.What}"));
        }

        invocation.Error.WritePlain(Plain.OneLine($"{Plan(target, plan, "Would keep", "would be")} What is taken out is written to '{file}'."));
        return invocation.ConfirmAsync("Recover it?");
    }

    private static string Plan(RecoverTarget target, RecoveryReport report, string keep, string lost)
    {
        var what = report.LastKept == 0 ? "nothing"
            : report.FirstKept == report.LastKept ? $"version {report.LastKept}"
            : $"versions {report.FirstKept} to {report.LastKept}";
        var end = report.LostVersions == 0 ? "none at the end" : $"{report.LostVersions} at the end";
        var beginning = report.GivenUpVersions == 0 ? "" : $" and {report.GivenUpVersions} at the beginning";
        return $"{keep} {what} of {target.Name}; {end}{beginning} {lost} given up.";
    }

    private static void Answer(Invocation invocation, RecoverTarget target, RecoveryReport report, string text, string? file) => invocation.Answer(text, writer =>
    {
        writer.WriteString("space", target.Key.Space.ToName());
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
