using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast trim</c></summary>
internal sealed class TrimCommand : ToolCommand
{
    private readonly Argument<ThreadId?> _thread = Inputs.OptionalThread("The id of the thread. [default: every thread]");
    private readonly Option<int?> _keepVersions = Number("--keep-versions", "Keep this many of the newest versions; 256 in any case.");
    private readonly Option<TimeSpan?> _keepFor = Duration("--keep-for", "Keep versions for this long, such as 30d; a day in any case.");
    private readonly Option<int?> _maxMessages = Number("--max-messages", "Hide all but this many of the newest messages, and drop their versions.");
    private readonly Option<TimeSpan?> _maxMessageAge = Duration("--max-message-age", "Hide messages that are older than this, and drop their versions.");
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Tell what would be dropped and why no more, and drop nothing." };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do it without asking." };

    public TrimCommand(ToolHost host, GlobalOptions global)
        : base("trim", "Drop old versions, for good: those that no rule keeps, and that nothing needs.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_keepVersions);
        Options.Add(_keepFor);
        Options.Add(_maxMessages);
        Options.Add(_maxMessageAge);
        Options.Add(_dryRun);
        Options.Add(_yes);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var policy = new RetentionPolicy
        {
            KeepVersions = invocation.Get(_keepVersions),
            KeepFor = invocation.Get(_keepFor),
            MaxMessages = invocation.Get(_maxMessages),
            MaxMessageAge = invocation.Get(_maxMessageAge),
        };
        if (policy is { KeepVersions: null, KeepFor: null, MaxMessages: null, MaxMessageAge: null })
        {
            throw ToolException.Usage("Nothing says what is kept.", "Give --keep-versions, --keep-for, --max-messages or --max-message-age.");
        }

        invocation.RequireStore("trim");
        var isDry = invocation.Get(_dryRun);
        if (!isDry && !invocation.Get(_yes))
        {
            await ConfirmAsync(invocation, policy, cancellationToken);
        }

        if (invocation.Get(_thread) is not { } thread)
        {
            var result = await invocation.Store.TrimAsync(policy, new() { DryRun = isDry }, cancellationToken);
            AnswerAll(invocation, result);
            return result.Failed == 0 ? ExitCodes.Ok : ExitCodes.Failed;
        }

        var handle = invocation.Store.Thread(thread);
        var plan = isDry ? await handle.PlanTrimAsync(policy, cancellationToken) : await handle.TrimAsync(policy, cancellationToken);
        Answer(invocation, plan ?? throw await invocation.NotFoundAsync(thread, cancellationToken), isDry);
        return ExitCodes.Ok;
    }

    private static Option<int?> Number(string name, string description)
    {
        var option = Inputs.Count(name, description);
        option.HelpName = "NUMBER";
        return option;
    }

    private static Option<TimeSpan?> Duration(string name, string description) => new(name) { Description = description, HelpName = "TIME", CustomParser = Inputs.ParseDuration };

    private async Task ConfirmAsync(Invocation invocation, RetentionPolicy policy, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var plan = thread is { } id
            ? await invocation.Store.Thread(id).PlanTrimAsync(policy, cancellationToken) is { } found ? Text(found, isDry: true) : throw await invocation.NotFoundAsync(id, cancellationToken)
            : Text(await invocation.Store.TrimAsync(policy, new() { DryRun = true }, cancellationToken));
        invocation.Error.WritePlain(plan);
        await invocation.ConfirmAsync("What is dropped cannot be brought back. Drop it?");
    }

    private static string Text(TrimResult result)
        => $"{(result.IsDryRun ? "Would drop" : "Dropped")} {result.Versions} versions and {(result.IsDryRun ? "hide" : "hid")} {result.Messages} messages of {result.Trimmed} of {result.Threads} threads; {result.Failed} could not be trimmed.";

    private static string Text(RetentionPlan plan, bool isDry)
    {
        var what = (isDry ? "Would drop" : "Dropped") + (plan.KeepFrom == plan.FirstVersion
            ? $" {(plan.EmptiedVersions == 0 ? "no version" : $"{plan.EmptiedVersions} versions")} of '{plan.ThreadId}'"
            : $" versions {plan.FirstVersion} to {plan.KeepFrom - 1}{(plan.EmptiedVersions == 0 ? "" : $", and {plan.EmptiedVersions} later ones,")} of '{plan.ThreadId}'");
        var hidden = plan.HiddenMessages == 0 ? "" : $" and {(isDry ? "hide" : "hid")} {plan.HiddenMessages} messages";
        var lines = plan.Reasons.Select(reason => $"  {(reason.To is { } to ? to == reason.Version ? $"version {to}" : $"versions {reason.Version} to {to}" : $"from version {reason.Version}")}: {reason.Text}");
        return string.Join('\n', lines.Select(Plain.OneLine).Prepend(Plain.OneLine($"{what}{hidden}. What stays, and why:")));
    }

    private static void AnswerAll(Invocation invocation, TrimResult result) => invocation.Answer(Text(result), writer =>
    {
        writer.WriteNumber("threads", result.Threads);
        writer.WriteNumber("trimmed", result.Trimmed);
        writer.WriteNumber("versions", result.Versions);
        writer.WriteNumber("messages", result.Messages);
        writer.WriteNumber("failed", result.Failed);
        writer.WriteBoolean("dryRun", result.IsDryRun);
    });

    private static void Answer(Invocation invocation, RetentionPlan plan, bool isDry) => invocation.AnswerLines(Text(plan, isDry), writer =>
    {
        writer.WriteString("thread", plan.ThreadId.Value);
        writer.WriteNumber("firstVersion", plan.FirstVersion);
        writer.WriteNumber("keepFrom", plan.KeepFrom);
        writer.WriteNumber("versions", plan.DroppedVersions);
        writer.WriteNumber("emptied", plan.EmptiedVersions);
        writer.WriteNumber("messages", plan.HiddenMessages);
        writer.WriteStartArray("kept");
        foreach (var range in plan.Kept)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(range.From);
            writer.WriteNumberValue(range.To);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("reasons");
        foreach (var reason in plan.Reasons)
        {
            writer.WriteStartObject();
            writer.WriteString("kind", char.ToLowerInvariant(reason.Kind.ToString()[0]) + reason.Kind.ToString()[1..]);
            writer.WriteNumber("version", reason.Version);
            if (reason.To is { } to)
            {
                writer.WriteNumber("to", to);
            }

            writer.WriteString("text", reason.Text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteBoolean("dryRun", isDry);
    });
}
