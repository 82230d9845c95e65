using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A backend that removes expired threads removes them whole, a day after they expired at the earliest, and never a part of one that lives.</summary>
/// <remarks>
/// Whether the backend has come round to removing is seen by a canary. Some take minutes; then there is nothing to see, and the case ends. Threads that are to be
/// removed soon are given an expiry that is a day ago in a moment.
/// </remarks>
internal static class NativeExpirySuite
{
    private static readonly DateTimeOffset LongAgo = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset FarAhead = new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Grace = TimeSpan.FromDays(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(2_500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    [When(has: LogCapabilities.NativeExpiry)]
    public static async Task Expiry_LongAgo_LeavesTheWholeThreadOrNothing(LogUnderTest test)
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
    public static async Task Expiry_ThatHasCome_LeavesTheThreadForADay(LogUnderTest test)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (byAppend, byUpdate) = (test.NewThread(), test.NewThread());
        await byAppend.AppendManyAsync(test.Log, 3, keyframes: [2]);
        await byAppend.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = Milliseconds(now + Soon) } });
        await byUpdate.AppendManyAsync(test.Log, 3);
        await SetAsync(test, byUpdate, Milliseconds(now - (Grace / 2)));

        await Task.Delay(Soon * 2, TimeProvider.System);

        foreach (var thread in (ThreadWriter[])[byAppend, byUpdate])
        {
            await test.Log.ExpectThreadAsync(thread);
            await thread.AppendAsync(test.Log, new() { KeepExpiry = true });
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    [When(has: LogCapabilities.NativeExpiry)]
    public static async Task Expiry_ADayAgo_RemovesTheWholeThread(LogUnderTest test)
    {
        var removal = TimeProvider.System.GetUtcNow() + Soon;
        var thread = test.NewThread();
        await thread.AppendManyAsync(test.Log, 3, keyframes: [2]);
        try
        {
            await thread.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = Milliseconds(removal - Grace) } });
        }
        catch (StateConfigurationException) when (TimeProvider.System.GetUtcNow() >= removal)
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
    public static Task Expiry_PutOffBeforeTheRemoval_LeavesTheWholeThread(LogUnderTest test)
        => ExpectKeptAsync(test, async expiry =>
        {
            var threads = await WriteManyAsync(test, expiry, "cleared", "put off", "cleared by an append", "put off by an append", "appended to after it was put off");
            await SetAsync(test, threads[0], null);
            await SetAsync(test, threads[1], FarAhead);
            await threads[2].AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = null } });
            await threads[3].AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = FarAhead } });
            await SetAsync(test, threads[4], FarAhead);
            await threads[4].AppendAsync(test.Log, new() { KeepExpiry = true, Head = head => head with { ExpiresAt = expiry } });
            return threads;
        });

    [When(has: LogCapabilities.NativeExpiry)]
    public static Task Expiry_OfAThreadWithPins_RemovesNothing(LogUnderTest test)
        => ExpectKeptAsync(test, async expiry =>
        {
            var threads = await WriteManyAsync(test, expiry, "pinned", "pinned and appended to", "pinned and given another expiry", "pinned and rewritten", "pinned first");
            foreach (var thread in threads.SkipLast(1))
            {
                await PinAsync(test, thread);
            }

            await threads[1].AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = expiry } });
            await SetAsync(test, threads[2], expiry.AddMilliseconds(-1));
            await test.Log.RewriteAsync(threads[3].Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() });
            threads[3].AcceptRewrite(new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() });
            await SetAsync(test, threads[4], null);
            await PinAsync(test, threads[4]);
            await SetAsync(test, threads[4], expiry);
            return threads;
        });

    [When(has: LogCapabilities.NativeExpiry)]
    public static async Task Expiry_OfAThreadWhoseLastPinWentAway_RemovesIt(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2, 2);
        var pin = await PinAsync(test, thread);
        await SetAsync(test, thread, Milliseconds(TimeProvider.System.GetUtcNow() - (Grace * 2)));
        await test.Log.ExpectThreadAsync(thread);

        await test.Log.UpdateHeadAsync(new() { Key = thread.Key, RemovePins = [pin.Life] });

        if (await IsRemovedAsync(test.Log, thread.Key))
        {
            await ExpectGoneAsync(test, thread);
        }
    }

    // The threads that are made with an expiry must stand when one with the same expiry is gone.
    private static async Task ExpectKeptAsync(LogUnderTest test, Func<DateTimeOffset, Task<List<ThreadWriter>>> write)
    {
        var removal = TimeProvider.System.GetUtcNow() + Later;
        var expiry = Milliseconds(removal - Grace);
        var canary = test.NewThread("canary");
        List<ThreadWriter> threads;
        try
        {
            threads = await write(expiry);
            await canary.AppendAsync(test.Log, new() { Head = head => head with { ExpiresAt = expiry } });
        }
        catch (Exception e) when (e is ConformanceException or StateConfigurationException && TimeProvider.System.GetUtcNow() >= removal)
        {
            // A slow machine may come too late to keep anything; then there is nothing to see.
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

    private static async Task<List<ThreadWriter>> WriteManyAsync(LogUnderTest test, DateTimeOffset expiry, params string[] ids)
    {
        var threads = new List<ThreadWriter>();
        foreach (var id in ids)
        {
            var thread = test.NewThread(id);
            await thread.AppendAsync(test.Log, new() { Body = new byte[450_000], Head = head => head with { ExpiresAt = expiry } });
            await thread.AppendAsync(test.Log, new() { KeepExpiry = true, IsKeyframe = true });
            threads.Add(thread);
        }

        return threads;
    }

    private static async Task SetAsync(LogUnderTest test, ThreadWriter thread, DateTimeOffset? to)
    {
        Expect.Equal(true, await test.Log.SetExpiryAsync(thread.Key, to), "the answer for a thread that is there");
        thread.AcceptExpiry(to);
    }

    private static async Task<Pin> PinAsync(LogUnderTest test, ThreadWriter thread)
    {
        var pin = new Pin { Life = CommitId.New(TimeProvider.System), Key = test.NewThread().Key, From = 1, To = 2 };
        var update = new HeadUpdate { Key = thread.Key, AddPins = [pin] };
        Expect.NotNull(await test.Log.UpdateHeadAsync(update), "the head of a thread that is there");
        thread.AcceptUpdate(update);
        return pin;
    }

    private static DateTimeOffset Milliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static async Task ExpectGoneAsync(LogUnderTest test, ThreadWriter thread)
    {
        await test.Log.ExpectNoThreadAsync(thread.Key);
        await test.Log.ExpectAppendAsync(thread.Next(), AppendResult.Conflict(0));
        await test.Log.ExpectAppendAsync(thread.Next(new() { IsKeyframe = true }), AppendResult.Conflict(0));
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
