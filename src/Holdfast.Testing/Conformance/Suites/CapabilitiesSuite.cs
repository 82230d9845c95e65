using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A log says what it can do, and what it does not say it does not do.</summary>
internal static class CapabilitiesSuite
{
    public static Task Capabilities_OfTheLog_AreThoseThatItsFixtureExpects(LogUnderTest test)
    {
        Expect.Equal(test.Capabilities, test.Log.Capabilities, "the capabilities of the log");
        return Task.CompletedTask;
    }

    public static Task Description_OfTheLog_SaysSomething(LogUnderTest test)
    {
        Expect.That(!string.IsNullOrWhiteSpace(test.Log.Description), "the log describes what it stores into");
        return Task.CompletedTask;
    }

    [When(lacks: LogCapabilities.NativeExpiry)]
    public static async Task Expiry_OfALogThatDoesNotRemove_LeavesTheThreadForItsCallersToJudge(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero) } });
        await test.Log.ExpectThreadAsync(thread);

        await thread.AppendAsync(test.Log, new() { KeepExpiry = true });
        await test.Log.ExpectThreadAsync(thread);
    }

    [When(lacks: LogCapabilities.Durable)]
    public static async Task Restart_OfALogThatIsNotDurable_LosesEverything(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);

        await test.RestartAsync();

        await test.Log.ExpectNoThreadAsync(thread.Key);
    }

    [When(has: LogCapabilities.Durable, lacks: LogCapabilities.MultiProcess)]
    public static async Task SecondLog_OnAStoreOfOneProcess_IsRefused(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);

        await Expect.ThrowsAsync<AgentStateException>(test.OpenAnotherAsync, "opening a second log on the store");

        await thread.AppendAsync(test.Log);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Dispose_Twice_DoesNoHarm(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        await test.Log.DisposeAsync();

        await test.Log.DisposeAsync();

        if (test.Capabilities.HasFlag(LogCapabilities.Durable))
        {
            await test.RestartAsync();
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Calls_AfterDispose_ThrowAndChangeNothing(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 3);
        var log = test.Log;
        await log.DisposeAsync();

        await ExpectDisposedAsync(async () => await log.AppendAsync(thread.Next()), "an append");
        await ExpectDisposedAsync(async () => await log.GetHeadAsync(thread.Key), "reading a head");
        await ExpectDisposedAsync(async () => await log.ReadTailAsync(thread.Key), "reading a tail");
        await ExpectDisposedAsync(async () => await log.ReadAllAsync(thread.Key), "reading entries");
        await ExpectDisposedAsync(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default }), "a listing");
        await ExpectDisposedAsync(async () => await log.SetExpiryAsync(thread.Key, DateTimeOffset.MaxValue), "a change of expiry");
        await ExpectDisposedAsync(async () => await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>>(), 2), "a rewrite");
        await ExpectDisposedAsync(async () => await log.EraseAsync(thread.Key), "an erase");

        await test.RestartAsync();
        await test.Log.ExpectThreadAsync(thread);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Dispose_DuringAppends_LosesNothingThatWasAcknowledged(LogUnderTest test)
    {
        var threads = Enumerable.Range(0, 8).Select(_ => test.NewThread()).ToList();
        var log = test.Log;
        using var begun = new SemaphoreSlim(0);
        var appending = threads.Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                try
                {
                    await thread.AppendAsync(log);
                }
                catch (Exception e) when (e is ObjectDisposedException or StoreUnavailableException)
                {
                    return;
                }
                finally
                {
                    begun.Release();
                }
            }
        })).ToList();
        for (var i = 0; i < threads.Count * 2; i++)
        {
            await begun.WaitAsync(test.Cancellation);
        }

        await log.DisposeAsync();
        await Task.WhenAll(appending);
        await test.RestartAsync();
        foreach (var thread in threads)
        {
            // The append that dispose cut short may stand; what was acknowledged must.
            var read = await test.Log.ReadAllAsync(thread.Key);
            Expect.That(read.Count - thread.Entries.Count is 0 or 1, $"thread '{thread.Key}' has the {thread.Entries.Count} acknowledged entries, and at most one more (it has {read.Count})");
            Expect.Entries(thread.Entries, read.Take(thread.Entries.Count).ToList(), $"the acknowledged entries of thread '{thread.Key}'");
        }
    }

    private static async Task ExpectDisposedAsync(Func<Task> action, string what)
        => await Expect.ThrowsAsync<ObjectDisposedException>(action, $"{what} on a log that was disposed of");
}
