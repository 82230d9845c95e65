using System.Diagnostics;
using Holdfast.Compare.Reporting;

namespace Holdfast.Compare.Running;

/// <summary>The whole run.</summary>
internal static class Comparison
{
    public static async Task<int> RunAsync(Settings settings)
    {
        var entrants = Catalogue.Selected(settings);
        var results = new Results();
        var load = await LoadAsync();
        var loadMeanwhile = new List<string>();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < settings.Repetitions; i++)
        {
            Tell(started, $"repetition {i + 1} of {settings.Repetitions}");
            await using var repetition = new Repetition(i, entrants, settings, results);
            await repetition.RunAsync();
            loadMeanwhile.Add(await LoadAsync());
        }

        Tell(started, "storage");
        await new Growth(entrants, settings, results).RunAsync();
        Tell(started, "kill -9");
        await new Kills(entrants, settings, results).RunAsync();
        var report = new Report(settings, entrants, results, Machine.Read(load, loadMeanwhile));
        await report.WriteAsync();
        Tell(started, $"done; {settings.Results} and {settings.Document} are written");
        return 0;
    }

    private static async Task<string> LoadAsync() => (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];

    private static void Tell(long started, string what) => Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(started):mm\\:ss} {what}");
}
