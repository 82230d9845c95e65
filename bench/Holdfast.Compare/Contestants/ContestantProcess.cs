using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Holdfast.Compare.Protocol;

namespace Holdfast.Compare.Contestants;

/// <summary>Answers requests on the standard input until it ends, or until it is told to close.</summary>
internal sealed class ContestantProcess(Contestant contestant)
{
    private const int Shown = 60;
    private static readonly Answer Done = new() { Done = true };

    private readonly ConcurrentDictionary<string, int> _next = [];

    public async Task RunAsync()
    {
        Write(new() { Ready = true, Version = contestant.Version });
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var request = Lines.Read<Request>(line);
            Answer answer;
            try
            {
                answer = await AnswerAsync(request);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                answer = new() { Error = e.ToString()[..Math.Min(1000, e.ToString().Length)] };
            }

            Write(answer);
            if (request.Work == "close")
            {
                return;
            }
        }
    }

    private Task<Answer> AnswerAsync(Request request) => request.Work switch
    {
        "seed" => SeedAsync(request),
        "append" => AppendAsync(request),
        "resume" => ResumeAsync(request),
        "many" => ManyAsync(request),
        "race" => RaceAsync(request),
        "read" => ReadAsync(request),
        "rollback" => GoBackAsync(request),
        "close" => CloseAsync(),
        _ => throw new ArgumentException($"There is no work '{request.Work}'."),
    };

    private async Task<Answer> SeedAsync(Request request)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var thread in request.Threads!)
        {
            if (await contestant.SeedAsync(thread, request.History))
            {
                _next[thread] = request.History;
                continue;
            }

            while (_next.GetValueOrDefault(thread) < request.History)
            {
                if (Stopwatch.GetElapsedTime(started).TotalSeconds > request.Seconds)
                {
                    return new();
                }

                await TurnAsync(thread);
            }
        }

        return Done;
    }

    private async Task<Answer> AppendAsync(Request request) => new()
    {
        Ms = await TimeAsync(request, async call =>
        {
            await TurnAsync(request.Threads![0]);
            if (request.Acknowledge)
            {
                Write(new() { Acknowledged = call + 1 });
            }
        }),
    };

    private async Task<Answer> ResumeAsync(Request request)
    {
        Stored? stored = null;
        var times = await TimeAsync(request, async _ => stored = await contestant.ReadAsync(request.Threads![0], 20));
        return Show(stored!) with { Ms = times };
    }

    private async Task<Answer> ManyAsync(Request request)
    {
        var turns = 0;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(request.Threads!.Select(thread => contestant.Blocks
            ? Task.Factory.StartNew(() => RepeatAsync(thread), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()
            : Task.Run(() => RepeatAsync(thread))));
        return new() { Turns = turns, Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds };

        async Task RepeatAsync(string thread)
        {
            do
            {
                await TurnAsync(thread);
                Interlocked.Increment(ref turns);
            }
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < request.Seconds);
        }
    }

    private async Task<Answer> RaceAsync(Request request)
    {
        var thread = request.Threads![0];
        var reported = await Task.WhenAll(Enumerable.Range(0, request.Turns).Select(writer => Task.Run(() => contestant.RaceAsync(thread, Turn.OfWriter(thread, writer)))));
        return new() { Reported = reported.Sum() };
    }

    private async Task<Answer> ReadAsync(Request request) => Show(await contestant.ReadAsync(request.Threads![0], int.MaxValue));

    private async Task<Answer> GoBackAsync(Request request)
        => await contestant.GoBackAsync(request.Threads![0]) is var (rollback, fork) ? new() { Done = true, Rollback = rollback, Fork = fork } : new();

    private async Task<Answer> CloseAsync()
    {
        await contestant.DisposeAsync();
        return Done;
    }

    private async Task TurnAsync(string thread)
    {
        var index = _next.GetValueOrDefault(thread);
        await contestant.AppendAsync(thread, Turn.At(thread, index));
        _next[thread] = index + 2;
    }

    private static async Task<List<double>> TimeAsync(Request request, Func<int, Task> call)
    {
        var times = new List<double>();
        var started = Stopwatch.GetTimestamp();
        while (times.Count < request.Turns && (times.Count == 0 || Stopwatch.GetElapsedTime(started).TotalSeconds < request.Seconds))
        {
            var began = Stopwatch.GetTimestamp();
            await call(times.Count);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return times;
    }

    private static Answer Show(Stored stored) => new()
    {
        Messages = [.. stored.Messages.Select(text => text[..Math.Min(Shown, text.Length)])],
        Variables = stored.VariablesAsJson.ToDictionary(pair => pair.Key, pair => JsonElement.Parse(pair.Value)),
    };

    private static void Write(Answer answer)
    {
        Console.Out.WriteLine(Lines.Write(answer));
        Console.Out.Flush();
    }
}
