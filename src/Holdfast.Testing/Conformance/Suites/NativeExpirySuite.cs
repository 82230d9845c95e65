using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A backend that removes expired threads removes them whole, and never a part of one that lives.</summary>
/// <remarks>Whether the backend has come round to removing is seen by a canary. Some take minutes; then there is nothing to see, and the case ends.</remarks>
internal static class NativeExpirySuite
{
    private static readonly DateTimeOffset LongAgo = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset FarAhead = new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(1_500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    [When(has: LogCapabilities.NativeExpiry)]
    public static async Task Expiry_InThePast_LeavesTheWholeThreadOrNothing(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3);
        try
        {
            await test.Log.SetExpiryAsync(thread.Key, LongAgo);
        }
        catch (StateConfigurationException)
        {
            // It takes the clock of its caller for wrong.
            await test.Log.ExpectThreadAsync(thread);
            return;
        }

        thread.AcceptExpiry(LongAgo);

        if (await test.Log.ReadTailAsync(thread.Key) is { } tail)
        {
            Expect.Head(thread.Head, tail.Head);
            Expect.Entries(thread.Entries, tail.Entries, "the tail of an expired thread that is still there");
        }
        else
        {
            await ExpectGoneAsync(test, thread);
        }
    }

    [When(has: LogCapabilities.NativeExpiry)]
    public static async Task Expiry_ThatHasCome_RemovesTheWholeThread(LogUnderTest test)
    {
        var expiry = Milliseconds(TimeProvider.System.GetUtcNow() + Soon);
        var thread = test.NewThread();
        await thread.AppendManyAsync(test.Log, 3, keyframes: [2]);
        try
        {
            await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = expiry } });
        }
        catch (StateConfigurationException) when (TimeProvider.System.GetUtcNow() >= expiry)
        {
            // A slow machine may come too late; then there is nothing to see.
            return;
        }

        if (await IsRemovedAsync(test.Log, thread.Key))
        {
            await ExpectGoneAsync(test, thread);
        }
    }

    [When(has: LogCapabilities.NativeExpiry)]
    public static async Task Expiry_PutOffBeforeItComes_LeavesTheWholeThread(LogUnderTest test)
    {
        var expiry = Milliseconds(TimeProvider.System.GetUtcNow() + Later);
        var canary = test.NewThread("canary");
        List<ThreadWriter> threads;
        try
        {
            threads = await WriteAndPutOffAsync(test, expiry);
            await canary.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = expiry } });
        }
        catch (Exception e) when (e is ConformanceException or StateConfigurationException && TimeProvider.System.GetUtcNow() >= expiry)
        {
            // A slow machine may come too late to put anything off; then there is nothing to see.
            return;
        }

        if (await IsRemovedAsync(test.Log, canary.Key))
        {
            foreach (var thread in threads)
            {
                await test.Log.ExpectThreadAsync(thread);
            }
        }
    }

    private static async Task<List<ThreadWriter>> WriteAndPutOffAsync(LogUnderTest test, DateTimeOffset expiry)
    {
        var threads = new List<ThreadWriter>();
        foreach (var id in (string[])["cleared", "put off", "cleared by an append", "put off by an append", "appended to after it was put off"])
        {
            var thread = test.NewThread(id);
            await thread.AppendAsync(test.Log, new() { Body = new byte[450_000], Head = head => head with { ExpiresAt = expiry } });
            await thread.AppendAsync(test.Log, new() { KeepExpiry = true, IsKeyframe = true });
            threads.Add(thread);
        }

        await SetAsync(threads[0], null);
        await SetAsync(threads[1], FarAhead);
        await threads[2].AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = null } });
        await threads[3].AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = FarAhead } });
        await SetAsync(threads[4], FarAhead);
        await threads[4].AppendAsync(test.Log, new() { KeepExpiry = true, Head = head => head with { ExpiresAt = expiry } });
        return threads;

        async Task SetAsync(ThreadWriter thread, DateTimeOffset? to)
        {
            Expect.Equal(true, await test.Log.SetExpiryAsync(thread.Key, to), "the answer for a thread that is there");
            thread.AcceptExpiry(to);
        }
    }

    private static DateTimeOffset Milliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static async Task ExpectGoneAsync(LogUnderTest test, ThreadWriter thread)
    {
        await test.Log.ExpectNoThreadAsync(thread.Key);
        await test.Log.ExpectAppendAsync(thread.Next(), AppendResult.Conflict(0));
        var anew = test.NewThread(thread.Key.Id.Value);
        await anew.AppendManyAsync(test.Log, 2);
        await test.Log.ExpectThreadAsync(anew);
    }

    private static async Task<bool> IsRemovedAsync(ICommitLog log, ThreadKey key)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (await log.GetHeadAsync(key) is not null)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return true;
    }
}
