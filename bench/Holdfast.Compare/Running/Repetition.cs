using System.Diagnostics;
using Holdfast.Compare.Protocol;

namespace Holdfast.Compare.Running;

/// <summary>One repetition: every contestant in a fresh process and an empty place; then each work by all of them in turns, one at a time.</summary>
internal sealed class Repetition(int number, IReadOnlyList<Entrant> entrants, Settings settings, Results results) : IAsyncDisposable
{
    private const string Place = "works";
    private const double SeedSeconds = 120;
    private const double SeedSecondsOfDeltas = 12;
    private const int WarmUpAtFirst = 2_000;
    private const int WarmUp = 10;
    private const int Callers = 32;
    private static readonly string[] ManyThreads = [.. Enumerable.Range(0, Callers).Select(i => $"many{i}")];

    private readonly Dictionary<Entrant, ContestantClient> _clients = [];
    private readonly Dictionary<(Entrant, string Thread), int> _messages = [];

    public async Task RunAsync()
    {
        await using var servers = await Servers.StartAsync(entrants);
        results.Versions["servers"] = await servers.VersionsAsync();
        await InParallelAsync("start", async entrant =>
        {
            var client = await ContestantClient.StartAsync(entrant, await servers.MakeTargetAsync(entrant, Place), settings);
            lock (_clients)
            {
                _clients[entrant] = client;
                results.Versions[entrant.Name] = client.Version;
            }
        });
        await InParallelAsync("seed", SeedAsync);
        await FlushAsync();
        // Each repetition begins with another history, since what comes first meets a process that is not quite warm.
        foreach (var history in settings.Histories.Select((_, i) => settings.Histories[(i + number) % settings.Histories.Count]))
        {
            await InTurnsAsync($"turns at history {history}", entrant => AppendAsync(servers, entrant, history));
        }

        await InTurnsAsync("32 threads", ManyAsync);
        await InTurnsAsync("race", RaceAsync);
        await InTurnsAsync("close", entrant => _clients[entrant].AskAsync(new("close")));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            await client.DisposeAsync();
        }
    }

    private static string ThreadOf(int history) => $"history{history}";

    private async Task SeedAsync(Entrant entrant)
    {
        foreach (var history in settings.Histories.Where(history => history <= entrant.LongestHistory))
        {
            await SeedAsync(entrant, [ThreadOf(history)], history);
        }

        if (entrant.LongestHistory == int.MaxValue)
        {
            await SeedAsync(entrant, ManyThreads, settings.ManyHistory);
        }

        await SeedAsync(entrant, ["race"], 0);

        // Those who were seeded at once have run nothing yet that a compiler could have optimized.
        await _clients[entrant].AskAsync(new("append", ["warm"], Turns: WarmUpAtFirst, Seconds: settings.WarmSeconds));
        await _clients[entrant].AskAsync(new("resume", ["warm"], Turns: WarmUpAtFirst, Seconds: settings.WarmSeconds));
    }

    private async Task SeedAsync(Entrant entrant, IReadOnlyList<string> threads, int history)
    {
        var limit = entrant.LongestHistory == int.MaxValue ? SeedSeconds : SeedSecondsOfDeltas;
        var answer = await _clients[entrant].AskAsync(new("seed", threads, history, Seconds: limit));
        if (!answer.Done)
        {
            results.Fail(entrant, $"history {history}", new ContestantException($"making it took more than {limit} s"));
            return;
        }

        lock (_messages)
        {
            foreach (var thread in threads)
            {
                _messages[(entrant, thread)] = history;
            }
        }
    }

    private async Task AppendAsync(Servers servers, Entrant entrant, int history)
    {
        var thread = ThreadOf(history);
        if (!_messages.ContainsKey((entrant, thread)))
        {
            return;
        }

        var client = _clients[entrant];
        await TurnsAsync(client, thread, WarmUp, settings.TurnSeconds / 2);
        var before = await servers.WrittenAsync(entrant, client.ProcessId);
        var times = await TurnsAsync(client, thread, settings.Turns, settings.TurnSeconds);
        var written = await servers.WrittenAsync(entrant, client.ProcessId) - before - (entrant.Medium == Medium.Directory ? client.AnswerLength : 0);
        await client.AskAsync(new("resume", [thread], Turns: 3, Seconds: settings.ResumeSeconds / 2));
        var resumed = await client.AskAsync(new("resume", [thread], Turns: settings.Resumes, Seconds: settings.ResumeSeconds));
        Check.Resumed(resumed, thread, _messages[(entrant, thread)]);
        Add(entrant, Measures.TurnP50, history, Statistics.Quantile(times, 0.5));
        Add(entrant, Measures.TurnP95, history, Statistics.Quantile(times, 0.95));
        if (entrant.Medium != Medium.Memory)
        {
            Add(entrant, Measures.TurnBytes, history, written / (double)times.Count);
        }

        Add(entrant, Measures.Resume, history, Statistics.Quantile(resumed.Ms!, 0.5));
        Add(entrant, Measures.ResumeP95, history, Statistics.Quantile(resumed.Ms!, 0.95));
    }

    private async Task<IReadOnlyList<double>> TurnsAsync(ContestantClient client, string thread, int turns, double seconds)
    {
        var times = (await client.AskAsync(new("append", [thread], Turns: turns, Seconds: seconds))).Ms!;
        _messages[(client.Entrant, thread)] += 2 * times.Count;
        return times;
    }

    private async Task ManyAsync(Entrant entrant)
    {
        if (!_messages.ContainsKey((entrant, ManyThreads[0])))
        {
            return;
        }

        var client = _clients[entrant];
        var warm = await client.AskAsync(new("many", ManyThreads, Seconds: settings.ManySeconds / 4));
        var answer = await client.AskAsync(new("many", ManyThreads, Seconds: settings.ManySeconds));
        if (number == 0)
        {
            var stored = 0;
            foreach (var thread in ManyThreads)
            {
                stored += (await client.AskAsync(new("read", [thread]))).Messages!.Count;
            }

            Check.Count("messages of 32 threads", stored, (Callers * settings.ManyHistory) + (2 * (warm.Turns!.Value + answer.Turns!.Value)));
        }

        Add(entrant, Measures.Many, settings.ManyHistory, answer.Turns!.Value / answer.Seconds!.Value);
    }

    private async Task RaceAsync(Entrant entrant)
    {
        var client = _clients[entrant];
        var raced = await client.AskAsync(new("race", ["race"], Turns: settings.RaceTurns));
        var stored = await client.AskAsync(new("read", ["race"]));
        Add(entrant, Measures.RaceKept, 0, Enumerable.Range(0, settings.RaceTurns).Count(writer =>
            stored.Messages!.Count(text => Check.IsMessage(text, "race", 2 * writer)) == 1 && stored.Messages!.Count(text => Check.IsMessage(text, "race", (2 * writer) + 1)) == 1));
        Add(entrant, Measures.RaceVariables, 0, Enumerable.Range(0, settings.RaceTurns).Count(writer => stored.Variables?.ContainsKey($"w{writer}") == true));
        Add(entrant, Measures.RaceReported, 0, raced.Reported ?? 0);
    }

    private void Add(Entrant entrant, string measure, int history, double value) => results.Add(entrant, measure, history, number, value);

    // Not measured, so that several may go at once.
    private Task InParallelAsync(string work, Func<Entrant, Task> run)
        => Parallel.ForEachAsync(entrants, new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (entrant, _) => await TryAsync(work, entrant, run));

    // Each repetition begins with someone else and every other one goes backwards, so that nobody always follows the same neighbour.
    private async Task InTurnsAsync(string work, Func<Entrant, Task> run)
    {
        var order = Enumerable.Range(0, entrants.Count).Select(i => entrants[(i + (number * 7)) % entrants.Count]);
        foreach (var entrant in number % 2 == 0 ? order : order.Reverse())
        {
            await TryAsync(work, entrant, run);
        }
    }

    private async Task TryAsync(string work, Entrant entrant, Func<Entrant, Task> run)
    {
        if (work != "start" && !_clients.ContainsKey(entrant))
        {
            return;
        }

        try
        {
            await run(entrant);
        }
        catch (Exception e) when (e is ContestantException or IOException)
        {
            results.Fail(entrant, work, e);
        }
    }

    // What the seeds have left in the system's cache is written before anybody is measured.
    private static async Task FlushAsync()
    {
        using var sync = Process.Start("sync");
        await sync.WaitForExitAsync();
    }
}
