using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast threads</c></summary>
internal sealed class ThreadsCommand : ToolCommand
{
    private readonly Option<string?> _user = new("--user") { Description = "Only threads of this user.", HelpName = "ID" };
    private readonly Option<string?> _agent = new("--agent") { Description = "Only threads with this agent in charge.", HelpName = "NAME" };
    private readonly Option<ThreadStatus?> _status = Inputs.Status("--status", "Only threads with this status, such as waiting_for_approval.");
    private readonly Option<ThreadId?> _parent = Inputs.ThreadOption("--parent", "Only the children of this thread.");
    private readonly Option<bool> _deleted = new("--deleted") { Description = "Only threads that were deleted and can be restored." };
    private readonly Option<int?> _limit = Inputs.Count("--limit", "At most so many. [default: all]");

    public ThreadsCommand(ToolHost host, GlobalOptions global)
        : base("threads", "List threads, the last updated first.", host, global)
    {
        Options.Add(_user);
        Options.Add(_agent);
        Options.Add(_status);
        Options.Add(_parent);
        Options.Add(_deleted);
        Options.Add(_limit);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var limit = invocation.Get(_limit) ?? int.MaxValue;
        var query = new ThreadQuery
        {
            UserId = invocation.Get(_user),
            Agent = invocation.Get(_agent),
            Status = invocation.Get(_status),
            Deleted = invocation.Get(_deleted) ? DeletedFilter.Only : DeletedFilter.Exclude,
            PageSize = Math.Min(limit, ThreadQuery.MaxPageSize),
        };
        var found = invocation.Get(_parent) is { } parent ? invocation.Store.Thread(parent).ChildrenAsync(query, cancellationToken) : invocation.Store.ListAsync(query, cancellationToken);
        var threads = await found.Take(limit).ToListAsync(cancellationToken);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Array(threads, ThreadJson.Write));
        }
        else
        {
            Print(invocation, threads);
        }

        return ExitCodes.Ok;
    }

    private static void Print(Invocation invocation, List<ThreadInfo> threads)
    {
        if (threads.Count == 0)
        {
            invocation.Output.WritePlain("No threads.");
            invocation.RemarkMissing();
            return;
        }

        var now = invocation.Host.Time.GetUtcNow();
        var listing = new Listing("Thread", "Version", "Messages", "Status", "Agent", "User", "Updated", "Expires");
        foreach (var thread in threads)
        {
            listing.Add(
                thread.Id.Value,
                $"{thread.Version}",
                $"{thread.MessageCount}",
                thread.Status.ToName(),
                thread.Agent ?? "-",
                thread.UserId ?? "-",
                $"{DurationText.Rough(now - thread.UpdatedAt)} ago",
                thread.ExpiresAt is { } expiry ? $"in {DurationText.Rough(expiry - now)}" : "never");
        }

        listing.Print(invocation.Output);
    }
}
