using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>What a durable log has acknowledged is there for every log on the same store, now and after a restart.</summary>
internal static class DurabilitySuite
{
    [When(has: LogCapabilities.Durable)]
    public static async Task Threads_AfterARestart_AreWhole(LogUnderTest test)
    {
        var full = test.NewThread("full/../🦑");
        await full.AppendAsync(test.Log, new() { Body = new byte[] { 0, 1, 2, 0xff } });
        await full.AppendAsync(test.Log, new()
        {
            IsKeyframe = true,
            Head = head => (head with { UserId = "ann", Agent = "A", Status = ThreadStatus.WaitingForInput, ExpiresAt = new(2190, 1, 1, 0, 0, 0, 1, TimeSpan.Zero) })
                .WithMetadata("k", "{\"a\":[1.0,null]}"),
        });
        var plain = await test.WriteThreadAsync(12, 4, 8);

        await test.RestartAsync();

        await test.Log.ExpectThreadAsync(full);
        await test.Log.ExpectThreadAsync(plain);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Append_AfterARestart_GoesOnWhereItStopped(LogUnderTest test)
    {
        var thread = test.NewThread();
        for (var round = 0; round < 4; round++)
        {
            await thread.AppendManyAsync(test.Log, 2, keyframes: [3]);
            await test.RestartAsync();
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Append_RepeatedAfterARestart_ReportsDuplicate(LogUnderTest test)
    {
        var thread = test.NewThread();
        var first = await thread.AppendAsync(test.Log);
        var second = await thread.AppendAsync(test.Log);

        await test.RestartAsync();

        await test.Log.ExpectAppendAsync(second, AppendResult.Duplicate(2));
        await test.Log.ExpectAppendAsync(first, AppendResult.Duplicate(2));
        await test.Log.ExpectAppendAsync(thread.Next() with { After = ChainHash.Start }, AppendResult.Conflict(2));
        await test.Log.ExpectThreadAsync(thread);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Maintenance_AfterARestart_HasTakenEffect(LogUnderTest test)
    {
        var (thread, erased) = (await test.WriteThreadAsync(6, 3, 5), await test.WriteThreadAsync(3));
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [3] = "{\"redacted\":true}"u8.ToArray(), [4] = new byte[] { 0xff, 0 } };
        var expiry = new DateTimeOffset(2190, 1, 1, 0, 0, 0, 1, TimeSpan.Zero);
        await test.Log.RewriteAsync(thread.Key, replacements, dropBelow: 3);
        await test.Log.SetExpiryAsync(thread.Key, expiry);
        await test.Log.EraseAsync(erased.Key);
        thread.AcceptRewrite(replacements, dropBelow: 3);
        thread.AcceptExpiry(expiry);

        await test.RestartAsync();

        await test.Log.ExpectThreadAsync(thread);
        await test.Log.ExpectNoThreadAsync(erased.Key);
        await thread.AppendAsync(test.Log, new() { KeepExpiry = true });
        await test.Log.ExpectThreadAsync(thread);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Thread_BegunAnewAfterAnErase_IsTheNewOneAfterARestart(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(4);
        await test.Log.EraseAsync(old.Key);
        var anew = test.NewThread(old.Key.Id.Value);
        await anew.AppendManyAsync(test.Log, 2);

        await test.RestartAsync();

        await test.Log.ExpectThreadAsync(anew);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Listing_ContinuedAfterARestart_GoesOn(LogUnderTest test)
    {
        for (var i = 0; i < 5; i++)
        {
            await test.WriteThreadAsync(1);
        }

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var query = new HeadQuery { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default, Filter = new() { Order = order, PageSize = 3 } };
            var first = await test.Log.ListAsync(query);
            await test.RestartAsync();
            var second = await test.Log.ListAsync(query with { Filter = query.Filter with { Continuation = first.Continuation } });
            Expect.Equal(5, first.Heads.Concat(second.Heads).DistinctBy(head => head.Key).Count(), "the count of threads on both pages");
            Expect.Equal(null, second.Continuation, "the continuation of the last page");
        }
    }

    [When(has: LogCapabilities.MultiProcess)]
    public static async Task Logs_OnTheSameStore_SeeEachOthersWritesAtOnce(LogUnderTest test)
    {
        var other = await test.OpenAnotherAsync();
        var thread = test.NewThread();
        ICommitLog[] logs = [test.Log, other];
        foreach (var (round, log) in logs.Concat(logs).Concat(logs).Index())
        {
            await thread.AppendAsync(log, new() { IsKeyframe = round is 1 or 3 });
            await ExpectBothAsync();
        }

        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [2] = "{}"u8.ToArray() };
        await other.RewriteAsync(thread.Key, replacements, dropBelow: 2);
        thread.AcceptRewrite(replacements, dropBelow: 2);
        await ExpectBothAsync();
        await test.Log.SetExpiryAsync(thread.Key, new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero));
        thread.AcceptExpiry(new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await ExpectBothAsync();
        await other.EraseAsync(thread.Key);
        await test.Log.ExpectNoThreadAsync(thread.Key);
        await other.ExpectNoThreadAsync(thread.Key);

        async Task ExpectBothAsync()
        {
            await test.Log.ExpectThreadAsync(thread);
            await other.ExpectThreadAsync(thread);
        }
    }

    [When(has: LogCapabilities.MultiProcess)]
    public static async Task Logs_OnTheSameStore_TellEachOtherOfConflictsAndDuplicates(LogUnderTest test)
    {
        var other = await test.OpenAnotherAsync();
        var thread = await test.WriteThreadAsync(2);
        await other.ExpectThreadAsync(thread);
        var late = thread.Copy();
        var request = await thread.AppendAsync(test.Log);

        await other.ExpectAppendAsync(late.Next(), AppendResult.Conflict(3));
        await other.ExpectAppendAsync(request, AppendResult.Duplicate(3));

        var anew = test.NewThread(thread.Key.Id.Value);
        await other.EraseAsync(thread.Key);
        await anew.AppendManyAsync(other, 3);
        await test.Log.ExpectAppendAsync(thread.Next(), AppendResult.Conflict(3));
        await anew.AppendAsync(test.Log);
        await other.ExpectThreadAsync(anew);
    }

    [When(has: LogCapabilities.MultiProcess)]
    public static async Task FiftyAppendersThroughTwoLogs_ThatRetry_KeepFiftyOfFifty(LogUnderTest test)
    {
        var other = await test.OpenAnotherAsync();
        var key = test.NewThread().Key;

        var accepted = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => Task.Run(() => ConcurrencySuite.AppendWithRetryAsync(i % 2 == 0 ? test.Log : other, key))));

        await ConcurrencySuite.ExpectAllAsync(test.Log, key, accepted);
        await ConcurrencySuite.ExpectAllAsync(other, key, accepted);
    }

    [When(has: LogCapabilities.MultiProcess)]
    public static async Task ManyThreads_WrittenThroughTwoLogs_AreAllWhole(LogUnderTest test)
    {
        var other = await test.OpenAnotherAsync();
        var threads = Enumerable.Range(0, 16).Select(_ => test.NewThread()).ToList();

        await Task.WhenAll(threads.Index().Select(item => Task.Run(() => item.Item.AppendManyAsync(item.Index % 2 == 0 ? test.Log : other, 5))));

        foreach (var (i, thread) in threads.Index())
        {
            await (i % 2 == 0 ? other : test.Log).ExpectThreadAsync(thread);
        }
    }
}
