using Holdfast.Logs;

namespace Holdfast.Benchmarks;

/// <summary>How many bytes a turn allocates, and in which of its steps. Exact whatever else the machine does: only this thread's bytes are counted.</summary>
internal static class Allocations
{
    private const int WarmUp = 20_000;
    private const int Turns = 20_000;
    private const string Budget = "≤ 3,500";

    public static async Task RunAsync()
    {
        await using var store = new AgentStateStore(new InMemoryCommitLog());
        await MeasureAsync(await store.OpenAsync("warm-up"), WarmUp);
        var (messages, variables, commit) = await MeasureAsync(await store.OpenAsync("measured"), Turns);
        Console.WriteLine("| a turn on an open session, log in memory | allocated | budget |\n|---|---|---|");
        Print("two messages of 500 characters are added", messages, null);
        Print("two variables are set", variables, null);
        Print("they are committed", commit, null);
        Print("all of it", messages + variables + commit, Budget);
    }

    // The bytes of a turn of about 1.3 KB, which the log keeps, are among them.
    private static async Task<(double Messages, double Variables, double Commit)> MeasureAsync(ThreadSession session, int turns)
    {
        var (messages, variables, commit) = (0L, 0L, 0L);
        for (var i = 0; i < turns; i++)
        {
            var start = GC.GetAllocatedBytesForCurrentThread();
            Turn.Say(session);
            var said = GC.GetAllocatedBytesForCurrentThread();
            Turn.Set(session);
            var set = GC.GetAllocatedBytesForCurrentThread();

            // A log in memory answers at once, so the thread stays the same.
            await session.CommitAsync();
            commit += GC.GetAllocatedBytesForCurrentThread() - set;
            messages += said - start;
            variables += set - said;
        }

        return ((double)messages / turns, (double)variables / turns, (double)commit / turns);
    }

    private static void Print(string step, double bytes, string? budget) => Console.WriteLine(FormattableString.Invariant($"| {step} | {bytes:N0} B | {budget} |"));
}
