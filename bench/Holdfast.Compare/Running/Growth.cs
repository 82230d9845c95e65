using Holdfast.Compare.Protocol;

namespace Holdfast.Compare.Running;

/// <summary>One thread built turn by turn, and what it takes; then a way back, where a contestant has one.</summary>
internal sealed class Growth(IReadOnlyList<Entrant> entrants, Settings settings, Results results)
{
    private const string Place = "growth";
    private const string Thread = "growth";

    // Two calls that warm it up, and the one that counts.
    private const int GoBackCalls = 3;

    public async Task RunAsync()
    {
        await using var servers = await Servers.StartAsync(entrants);
        foreach (var entrant in entrants.Where(entrant => entrant.Medium != Medium.Memory))
        {
            try
            {
                await RunAsync(servers, entrant);
            }
            catch (Exception e) when (e is ContestantException or IOException)
            {
                results.Fail(entrant, "growth", e);
            }
        }
    }

    private async Task RunAsync(Servers servers, Entrant entrant)
    {
        var target = await servers.MakeTargetAsync(entrant, Place);
        var atFirst = await servers.StoredAsync(entrant, Place);
        await using (var client = await ContestantClient.StartAsync(entrant, target, settings))
        {
            // Makes the tables.
            await client.AskAsync(new("append", ["other"], Turns: 1));
            var (stored, written) = (await servers.StoredAsync(entrant, Place), await servers.WrittenAsync(entrant, client.ProcessId));
            var times = (await client.AskAsync(new("append", [Thread], Turns: settings.GrowthTurns, Seconds: settings.GrowthSeconds))).Ms!;
            written = await servers.WrittenAsync(entrant, client.ProcessId) - written - (entrant.Medium == Medium.Directory ? client.AnswerLength : 0);
            Check.Resumed(await client.AskAsync(new("resume", [Thread], Turns: 1)), Thread, 2 * times.Count);
            await client.AskAsync(new("close"));
            if (entrant.Medium != Medium.Postgres)
            {
                // A write-ahead log, or buffers of connections, were there before the first turn and are gone now. Only of PostgreSQL's empty tables the size is known.
                stored = atFirst;
            }

            stored = await servers.StoredAsync(entrant, Place) - stored;
            results.Add(entrant, Measures.GrowthTurns, 0, 0, times.Count);
            results.Add(entrant, Measures.GrowthSeconds, 0, 0, times.Sum() / 1000);
            results.Add(entrant, Measures.GrowthStored, 0, 0, stored / (double)times.Count);
            results.Add(entrant, Measures.GrowthWritten, 0, 0, written / (double)times.Count);
        }

        await GoBackAsync(entrant, target);
    }

    private async Task GoBackAsync(Entrant entrant, string target)
    {
        await using var client = await ContestantClient.StartAsync(entrant, target, settings);
        Answer answer = new();
        for (var call = 0; call < GoBackCalls; call++)
        {
            answer = await client.AskAsync(new("rollback", [Thread]));
        }

        Add(Measures.Rollback, answer.Rollback);
        Add(Measures.Fork, answer.Fork);

        void Add(string measure, double? milliseconds)
        {
            if (milliseconds is { } time)
            {
                results.Add(entrant, measure, 0, 0, time);
            }
        }
    }
}
