using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

/// <summary>Writes to a thread of its own as an application does: what is unavailable is tried again, with the same commit, until it is settled.</summary>
internal sealed class RetryingWriter(ICommitLog log, ThreadKey key)
{
    private readonly ThreadWriter _thread = new(key);

    public List<AcknowledgedCommit> Acknowledged { get; } = [];

    /// <summary>How many attempts failed, and of how many the outcome was not known.</summary>
    public (int Failed, int Unknown) Attempts { get; private set; }

    /// <summary>Appends until told to stop, and says after each commit that it stands.</summary>
    public async Task RunAsync(Action acknowledged, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await AppendAsync();
            acknowledged();
        }
    }

    public async Task AppendAsync()
    {
        var request = _thread.Next(new() { IsKeyframe = _thread.Version % 16 == 15, Head = head => head with { UserId = "ann", Status = (ThreadStatus)(head.Version % 3) } });
        var mayStand = false;
        while (true)
        {
            try
            {
                var result = await log.AppendAsync(request);
                result.Outcome.ShouldNotBe(AppendOutcome.Conflict, "nobody else writes to this thread");
                (mayStand || result.Outcome == AppendOutcome.Appended).ShouldBeTrue("what was reported as not written does not stand");
                break;
            }
            catch (StoreUnavailableException e)
            {
                mayStand |= e.OutcomeUnknown;
                Attempts = (Attempts.Failed + 1, Attempts.Unknown + (e.OutcomeUnknown ? 1 : 0));
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }

        _thread.Accept(request);
        Acknowledged.Add(new(key, request.Entry.Version, request.Entry.CommitId));
    }
}
