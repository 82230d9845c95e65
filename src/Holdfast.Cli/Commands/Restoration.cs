using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary>Brings a thread back to a point: shows what that changes, asks, and does just that.</summary>
internal sealed class Restoration
{
    private readonly Option<bool> _yes = new("--yes") { Description = "Do it without asking." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only show what would change." };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the log of commits.", HelpName = "TEXT" };
    private readonly Option<string?> _by = Inputs.By();

    public void AddTo(Command command)
    {
        command.Options.Add(_yes);
        command.Options.Add(_dryRun);
        command.Options.Add(_reason);
        command.Options.Add(_by);
    }

    // The points are compared as they are; not all of that is brought back.
    private static IEnumerable<string> WhatStays(ThreadDiff plan)
    {
        if (plan.Owner is { } owner)
        {
            yield return owner.Before is { } user ? $"The owner stays '{user}'." : "The thread stays without an owner.";
        }

        if (plan.Status?.After is { } status && status is not (ThreadStatus.Idle or ThreadStatus.Completed or ThreadStatus.Failed))
        {
            yield return $"The status becomes idle if '{status.ToName()}' was that of a turn: no turn is brought back.";
        }
    }

    public async Task<int> RunAsync(Invocation invocation, ThreadId id, ThreadPoint point, CancellationToken cancellationToken)
    {
        var thread = invocation.Store.Thread(id);
        var plan = await thread.DiffAsync(ThreadPoint.Newest, point, cancellationToken) ?? throw await invocation.NotFoundAsync(id, cancellationToken);
        var (current, version) = (plan.From.Version, plan.To.Version);
        var turns = await thread.TurnsAsync(cancellationToken).TakeWhile(turn => turn.EndedAt is null).Where(turn => turn.State != TurnState.Queued).ToListAsync(cancellationToken);
        var isDryRun = invocation.Get(_dryRun);
        var console = isDryRun ? invocation.Output : invocation.Error;
        if (!invocation.Json || isDryRun)
        {
            console.WriteDiff(plan, invocation.Json);
            turns.ForEach(turn => invocation.Error.WritePlain($"Turn {Plain.OneLine(turn.Id.Value)} is cancelled with it."));
            foreach (var remark in WhatStays(plan))
            {
                invocation.Error.WritePlain(Plain.OneLine(remark));
            }
        }

        if (isDryRun)
        {
            return ExitCodes.Ok;
        }

        if (!invocation.Get(_yes))
        {
            await invocation.ConfirmAsync($"Bring '{id}' back to version {version}? What is there now stays in the log.");
        }

        // What was shown is what is done: if somebody commits meanwhile, nothing is.
        var options = new RestoreOptions { ExpectedVersion = current, Reason = invocation.Get(_reason), By = invocation.By(_by) };
        var commit = await thread.RestoreAsync(version, options, cancellationToken);
        var text = commit.IsEmpty ? $"'{id}' is as it was at version {version}; nothing was written." : $"'{id}' is as it was at version {version}, with version {commit.Version}.";
        if (commit.RecordsNotRestored is [_, ..] lost)
        {
            text += $" Retention has dropped what {(lost.Count == 1 ? "record" : "records")} {string.Join(", ", lost.Select(name => $"'{name}'"))} had there; {(lost.Count == 1 ? "it stays as it was" : "they stay as they were")}.";
        }

        invocation.Answer(text, writer =>
        {
            writer.WriteString("thread", id.Value);
            writer.WriteNumber("restored", version);
            writer.WriteNumber("version", commit.Version);
            writer.WriteBoolean("changed", !commit.IsEmpty);
            writer.WriteStrings("recordsNotRestored", commit.RecordsNotRestored);
        });
        return ExitCodes.Ok;
    }
}
