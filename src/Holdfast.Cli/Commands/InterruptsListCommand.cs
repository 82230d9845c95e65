using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast interrupts list</c></summary>
internal sealed class InterruptsListCommand : ToolCommand
{
    private readonly Option<string?> _user = new("--user") { Description = "Only those of threads of this user.", HelpName = "ID" };
    private readonly Option<string?> _agent = new("--agent") { Description = "Only those of threads with this agent in charge.", HelpName = "NAME" };
    private readonly Option<string?> _kind = new("--kind") { Description = "Only those of this kind, such as approval.", HelpName = "KIND" };
    private readonly Option<string?> _audience = new("--audience") { Description = "Only those that this audience may answer.", HelpName = "NAME" };
    private readonly Option<int?> _limit = Inputs.Count("--limit", "At most so many. [default: all]");

    public InterruptsListCommand(ToolHost host, GlobalOptions global)
        : base("list", "List the interrupts that wait for an answer.", host, global)
    {
        Options.Add(_user);
        Options.Add(_agent);
        Options.Add(_kind);
        Options.Add(_audience);
        Options.Add(_limit);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var query = new InterruptQuery
        {
            UserId = invocation.Get(_user),
            Agent = invocation.Get(_agent),
            Kind = invocation.Get(_kind),
            Audience = invocation.Get(_audience),
        };
        var interrupts = await invocation.Store.Interrupts.ListAsync(query, cancellationToken).Take(invocation.Get(_limit) ?? int.MaxValue).ToListAsync(cancellationToken);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Array(interrupts, InterruptJson.Write));
        }
        else
        {
            Print(invocation, interrupts);
        }

        return ExitCodes.Ok;
    }

    private static void Print(Invocation invocation, List<InterruptInfo> interrupts)
    {
        if (interrupts.Count == 0)
        {
            invocation.Output.WritePlain("No interrupts wait for an answer.");
            invocation.RemarkMissing();
            return;
        }

        var now = invocation.Host.Time.GetUtcNow();
        var listing = new Listing("Interrupt", "Thread", "Kind", "Name", "Audience", "User", "Raised", "Deadline");
        foreach (var interrupt in interrupts)
        {
            listing.Add(
                interrupt.Id.Value,
                interrupt.Thread.Value,
                interrupt.Kind,
                interrupt.Name,
                interrupt.Audience ?? "-",
                interrupt.UserId ?? "-",
                $"{DurationText.Rough(now - interrupt.RaisedAt)} ago",
                interrupt.Deadline is { } deadline ? $"in {DurationText.Rough(deadline - now)}" : "never");
        }

        listing.Print(invocation.Output);
    }
}
