using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast leases</c></summary>
internal sealed class LeasesCommand(ToolHost host, GlobalOptions global) : ToolCommand(
    "leases",
    "List the threads that are held, and by whom: as stored, so also those whose holder died and that nobody has taken over yet.",
    host,
    global)
{
    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var leases = await invocation.Store.LeasesAsync(cancellationToken).ToListAsync(cancellationToken);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Array(leases, Write));
        }
        else
        {
            Print(invocation, leases);
        }

        return ExitCodes.Ok;
    }

    private static void Write(Utf8JsonWriter writer, LeaseInfo lease)
    {
        writer.WriteString("thread", lease.Thread.Value);
        writer.WriteString("turn", lease.Turn?.Value);
        writer.WriteNumber("token", lease.Token);
        writer.WriteString("holder", lease.Holder);
        writer.WriteBoolean("isGone", lease.IsGone);
        writer.WriteTime("since", lease.Since);
        writer.WriteTime("committedAt", lease.CommittedAt);
        writer.WriteNumber("seconds", lease.Time.TotalSeconds);
    }

    private static void Print(Invocation invocation, List<LeaseInfo> leases)
    {
        if (leases.Count == 0)
        {
            invocation.Output.WritePlain("No threads are held.");
            invocation.RemarkMissing();
            return;
        }

        var now = invocation.Host.Time.GetUtcNow();
        var listing = new Listing("Thread", "Turn", "Since", "Committed", "Lasts", "Gone", "Holder");
        foreach (var lease in leases)
        {
            listing.Add(
                lease.Thread.Value,
                lease.Turn?.Value ?? "-",
                lease.Since is { } since ? JsonText.Iso(since) : "-",
                $"{DurationText.Rough(now - lease.CommittedAt)} ago",
                DurationText.Rough(lease.Time),
                lease.IsGone ? "yes" : "-",
                lease.Holder);
        }

        listing.Print(invocation.Output);
    }
}
