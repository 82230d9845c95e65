using Holdfast.Compare.Protocol;

namespace Holdfast.Compare.Running;

/// <summary>Kills contestants in the middle of 1,000 turns, and counts which acknowledged turns another process finds.</summary>
internal sealed class Kills(IReadOnlyList<Entrant> entrants, Settings settings, Results results)
{
    private const string Place = "kills";
    private const int Turns = 1_000;
    private const int FewestTurns = 20;
    private const double LongestRound = 2;

    public async Task RunAsync()
    {
        await using var servers = await Servers.StartAsync(entrants);

        // Nothing is timed here, so several may go at once.
        await Parallel.ForEachAsync(entrants.Where(entrant => entrant.Medium != Medium.Memory), new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (entrant, _) =>
        {
            try
            {
                var target = await servers.MakeTargetAsync(entrant, Place);
                var acknowledged = 0;
                for (var round = 0; round < settings.KillRounds; round++)
                {
                    acknowledged = await RoundAsync(entrant, target, round, acknowledged);
                }

                await using var client = await ContestantClient.StartAsync(entrant, target, settings);
                await CountAsync(client, settings.KillRounds - 1, acknowledged);
            }
            catch (Exception e) when (e is ContestantException or IOException)
            {
                results.Fail(entrant, "kill", e);
            }
        });
    }

    /// <summary>Looks, in a new process, at what the last round has left; then lets this process store turns until it is killed. Returns how many it acknowledged.</summary>
    private async Task<int> RoundAsync(Entrant entrant, string target, int round, int acknowledgedBefore)
    {
        await using var client = await ContestantClient.StartAsync(entrant, target, settings);
        if (round > 0)
        {
            await CountAsync(client, round - 1, acknowledgedBefore);
        }

        await client.AskAsync(new("seed", [ThreadOf(round)]));
        await client.SendAsync(new("append", [ThreadOf(round)], Turns: Turns, Seconds: 60, Acknowledge: true));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(LongestRound), TimeProvider.System);
        var end = Turns * (2 + round) / (settings.KillRounds + 4);
        var last = 0;
        while (last < end && !(limit.IsCancellationRequested && last >= FewestTurns))
        {
            last = Acknowledged(await client.ReadAsync(TimeSpan.FromSeconds(30)), last);
        }

        await client.KillAsync();
        try
        {
            // What it had said before it was killed counts too.
            while (last < Turns)
            {
                last = Acknowledged(await client.ReadAsync(TimeSpan.FromSeconds(30)), last);
            }
        }
        catch (ContestantException)
        {
            // That was all.
        }

        return last;
    }

    private async Task CountAsync(ContestantClient client, int round, int acknowledged)
    {
        var thread = ThreadOf(round);
        var messages = (await client.AskAsync(new("read", [thread]))).Messages!;
        var kept = messages.TakeWhile((text, index) => Check.IsMessage(text, thread, index)).Count() / 2;
        results.Add(client.Entrant, Measures.KillAcknowledged, 0, round, acknowledged);
        results.Add(client.Entrant, Measures.KillLost, 0, round, Math.Max(0, acknowledged - kept));
    }

    private static string ThreadOf(int round) => $"kill{round}";

    private static int Acknowledged(Answer answer, int before) => answer.Error is null ? answer.Acknowledged ?? before : throw new ContestantException(answer.Error);
}
