using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>What was cancelled before it began does nothing; what has begun tells the truth.</summary>
internal static class CancellationSuite
{
    private static readonly CancellationToken Cancelled = new(canceled: true);

    public static async Task Append_CancelledBeforeItBegins_ThrowsAndWritesNothing(LogUnderTest test)
    {
        var (thread, missing) = (await test.WriteThreadAsync(2), test.NewThread());

        await ExpectCancelledAsync(async () => await test.Log.AppendAsync(thread.Next(), Cancelled), "an append");
        await ExpectCancelledAsync(async () => await test.Log.AppendAsync(missing.Next(), Cancelled), "an append to a new thread");

        await test.Log.ExpectThreadAsync(thread);
        await test.Log.ExpectNoThreadAsync(missing.Key);
        await thread.AppendAsync(test.Log);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Maintenance_CancelledBeforeItBegins_ThrowsAndChangesNothing(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4, 3);
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() };

        await ExpectCancelledAsync(async () => await test.Log.SetExpiryAsync(thread.Key, DateTimeOffset.MaxValue, Cancelled), "a change of expiry");
        await ExpectCancelledAsync(async () => await test.Log.RewriteAsync(thread.Key, replacements, 0, Cancelled), "a rewrite");
        await ExpectCancelledAsync(async () => await test.Log.EraseAsync(thread.Key, null, Cancelled), "an erase");

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Reads_CancelledBeforeTheyBegin_Throw(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4);

        await ExpectCancelledAsync(async () => await test.Log.GetHeadAsync(thread.Key, Cancelled), "reading a head");
        await ExpectCancelledAsync(async () => await test.Log.ReadTailAsync(thread.Key, 0, Cancelled), "reading a tail");
        await ExpectCancelledAsync(async () => await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default }, Cancelled), "a listing");
        await ExpectCancelledAsync(() => DrainAsync(test.Log.ReadAsync(thread.Key, cancellationToken: Cancelled), Cancelled), "reading entries");
        await ExpectCancelledAsync(() => DrainAsync(test.Log.ReadAsync(thread.Key), Cancelled), "reading entries with the enumerator's token");
    }

    public static async Task Read_CancelledOnItsWay_ThrowsAndLeavesTheLogUsable(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(20);
        using var source = new CancellationTokenSource();

        await ExpectCancelledAsync(
            async () =>
            {
                await foreach (var entry in test.Log.ReadAsync(thread.Key, cancellationToken: source.Token))
                {
                    if (entry.Version == 3)
                    {
                        await source.CancelAsync();
                    }
                }
            },
            "a read that is cancelled after the third entry");

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Append_CancelledOnItsWay_TellsTheTruth(LogUnderTest test)
    {
        var sent = new List<(ThreadKey Key, AppendOutcome? Outcome)>();
        for (var round = 0; round < 20; round++)
        {
            var thread = test.NewThread();
            using var source = new CancellationTokenSource();
            var append = Task.Run(async () => await test.Log.AppendAsync(thread.Next(), source.Token));
            for (var spin = 0; spin < round; spin++)
            {
                await Task.Yield();
            }

            await source.CancelAsync();
            try
            {
                sent.Add((thread.Key, (await append).Outcome));
            }
            catch (OperationCanceledException)
            {
                sent.Add((thread.Key, null));
            }
        }

        foreach (var (key, outcome) in sent)
        {
            Expect.That(outcome is null or AppendOutcome.Appended, "an append to a new thread is cancelled or succeeds");
            Expect.Equal(outcome is not null, await test.Log.GetHeadAsync(key) is not null, $"whether thread '{key}' stands after its append {(outcome is null ? "was cancelled" : "succeeded")}");
        }
    }

    private static async Task ExpectCancelledAsync(Func<Task> action, string what)
        => await Expect.ThrowsAsync<OperationCanceledException>(action, $"{what}, cancelled,");

    private static async Task DrainAsync(IAsyncEnumerable<LogEntry> entries, CancellationToken cancellationToken)
    {
        await foreach (var _ in entries.WithCancellation(cancellationToken))
        {
        }
    }
}
