using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast redact</c></summary>
internal sealed class RedactCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<string[]> _messages = new("--message") { Description = "The id of a message whose content goes. Can be given more than once.", HelpName = "ID" };
    private readonly Option<string[]> _keys = new("--key") { Description = "A key that goes with all its earlier values, such as variables/NAME. Can be given more than once.", HelpName = "SECTION/KEY" };
    private readonly Option<string?> _pattern = new("--pattern") { Description = "What this regular expression matches in any text becomes [redacted].", HelpName = "REGEX" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the log of commits.", HelpName = "TEXT" };
    private readonly Option<string?> _by = Inputs.By();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Tell which versions would be changed, and change nothing." };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do it without asking." };

    public RedactCommand(ToolHost host, GlobalOptions global)
        : base("redact", "Remove content from every version of a thread and its forks, for good.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_messages);
        Options.Add(_keys);
        Options.Add(_pattern);
        Options.Add(_reason);
        Options.Add(_by);
        Options.Add(_dryRun);
        Options.Add(_yes);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var request = new RedactionRequest
        {
            MessageIds = invocation.Get(_messages) ?? [],
            Keys = [.. (invocation.Get(_keys) ?? []).Select(Key)],
            Pattern = invocation.Get(_pattern),
            Reason = invocation.Get(_reason),
            By = invocation.By(_by),
        };
        if (request is { MessageIds.Count: 0, Keys.Count: 0, Pattern: null })
        {
            throw ToolException.Usage("Nothing says what is to go.", "Give --message, --key or --pattern.");
        }

        var id = invocation.Get(_thread);
        var thread = invocation.Store.Thread(id);
        var isDry = invocation.Get(_dryRun);
        RedactionPlan? plan = null;
        try
        {
            if (isDry || !invocation.Get(_yes))
            {
                plan = await thread.PlanRedactionAsync(request, cancellationToken) ?? throw await invocation.NotFoundAsync(id, cancellationToken);
            }

            if (!isDry)
            {
                // Where no version has it, there is nothing to ask; what a recovery that was cut off holds may have it still.
                if (plan is { IsEmpty: false })
                {
                    await ConfirmAsync(invocation, plan);
                }

                plan = await thread.RedactAsync(request, cancellationToken) ?? throw await invocation.NotFoundAsync(id, cancellationToken);
            }
        }
        catch (ArgumentException e)
        {
            throw ToolException.Usage(e.Message, "See holdfast redact --help.");
        }

        Answer(invocation, plan!, isDry);
        return ExitCodes.Ok;
    }

    // The section of a tool has a slash itself.
    private static RedactedKey Key(string text)
        => text.IndexOf('/', text.StartsWith("tools/", StringComparison.Ordinal) ? "tools/".Length : 0) is > 0 and var at && at + 1 < text.Length
            ? new(text[..at], text[(at + 1)..])
            : throw ToolException.Usage($"'{text}' is not a section and a key.", "Write variables/NAME, metadata/NAME or tools/TOOL/NAME.");

    private static Task ConfirmAsync(Invocation invocation, RedactionPlan plan)
    {
        invocation.Error.WritePlain(Text(plan, isDry: true));
        return invocation.ConfirmAsync("What is removed cannot be brought back. Remove it?");
    }

    private static string Text(RedactionPlan plan, bool isDry)
    {
        var lines = plan.Places.Select(place => $"  version {place.Version} of '{place.ThreadId}': {string.Join(", ", place.Where)}");
        return string.Join('\n', lines.Prepend($"{(isDry ? "Would change" : "Changed")} {plan.Places.Count} versions{(plan.IsEmpty ? "." : ":")}").Select(Plain.OneLine));
    }

    private static void Answer(Invocation invocation, RedactionPlan plan, bool isDry) => invocation.AnswerLines(Text(plan, isDry), writer =>
    {
        writer.WriteString("thread", plan.ThreadId.Value);
        writer.WriteNumber("versions", plan.Places.Count);
        writer.WriteStartArray("places");
        foreach (var place in plan.Places)
        {
            writer.WriteStartObject();
            writer.WriteString("thread", place.ThreadId.Value);
            writer.WriteNumber("version", place.Version);
            writer.WriteStartArray("where");
            foreach (var part in place.Where)
            {
                writer.WriteStringValue(part);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteBoolean("dryRun", isDry);
    });
}
