using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>What may pass is tried again; what remains is told of truly.</summary>
public sealed class FaultTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-7");

    [Theory]
    [InlineData(Passage.Throttled)]
    [InlineData(Passage.InTheWay)]
    [InlineData(Passage.InProgress)]
    [InlineData(Passage.Fails)]
    [InlineData(Passage.Cut)]
    public async Task Append_ThatFailsInPassing_IsTriedAgain(Passage fault)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        table.Proxy.Next("TransactWriteItems", fault, fault, fault);

        await thread.AppendAsync(log);

        table.Proxy.Operations.Count.ShouldBe(4);
        await ExpectOnceAsync(table.Log, thread);
    }

    [Theory]
    [InlineData(Passage.DoneButFails)]
    [InlineData(Passage.DoneButCut)]
    public async Task Append_WhoseAnswerIsLost_IsWrittenOnceAndToldOfAsAppended(Passage fault)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        foreach (var size in (int[])[10, 200_000])
        {
            table.Proxy.Next("TransactWriteItems", fault, fault);
            await thread.AppendAsync(log, new() { Body = new byte[size] });
        }

        await ExpectOnceAsync(table.Log, thread);
        await table.ShouldHaveNoOrphansAsync();
    }

    [Theory]
    [InlineData(Passage.DoneButFails)]
    [InlineData(Passage.DoneButCut)]
    public async Task Append_WhoseOutcomeStaysUnknown_SaysSoAndTheRepetitionSettlesIt(Passage fault)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy(Impatient);
        var thread = new ThreadWriter(Key);
        table.Proxy.Decide = (_, _) => Task.FromResult(fault);
        foreach (var size in (int[])[10, 200_000])
        {
            var request = thread.Next(new() { Body = new byte[size] });
            table.Proxy.Decide = (operation, _) => Task.FromResult(operation == "TransactWriteItems" ? fault : Passage.Pass);
            (await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(request))).OutcomeUnknown.ShouldBeTrue();
            table.Proxy.Heal();

            (await log.AppendAsync(request)).ShouldBe(AppendResult.Duplicate(request.Entry.Version));
            thread.Accept(request);
        }

        await ExpectOnceAsync(table.Log, thread);
        await table.ShouldHaveNoOrphansAsync();
    }

    [Theory]
    [InlineData(Passage.Throttled, "ThrottlingException")]
    [InlineData(Passage.InTheWay, "TransactionConflict")]
    public async Task Append_ThatIsPutOffForTooLong_SaysThatNothingWasWritten(Passage fault, string cause)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy(Impatient);
        var thread = new ThreadWriter(Key);
        table.Proxy.Decide = (_, _) => Task.FromResult(fault);

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.AppendAsync(thread.Next()));

        error.OutcomeUnknown.ShouldBeFalse();
        error.Message.ShouldContain("append version 1 to thread 'acme:chat-7'");
        error.Message.ShouldContain(cause);
        table.Proxy.Operations.Count.ShouldBeGreaterThan(2);
        (await table.Log.GetHeadAsync(Key)).ShouldBeNull();
    }

    [Fact]
    public async Task Reads_ThatFailInPassing_AreTriedAgain()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(table.Log, 3);
        await thread.AppendAsync(table.Log, new() { Body = new byte[200_000] });
        var turn = 0;
        var faults = new[] { Passage.Throttled, Passage.Pass, Passage.Fails, Passage.Pass, Passage.DoneButCut, Passage.Pass };
        table.Proxy.Decide = (_, _) => Task.FromResult(faults[Interlocked.Increment(ref turn) % faults.Length]);

        await ExpectOnceAsync(log, thread);
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default })).Heads.ShouldHaveSingleItem().ChainHash.ShouldBe(thread.Head!.ChainHash);
    }

    [Fact]
    public async Task Reads_WhileTheServiceFails_AreErrorsAndNeverAnEmptyAnswer()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy(Impatient);
        await new ThreadWriter(Key).AppendAsync(table.Log);
        foreach (var fault in (Passage[])[Passage.Throttled, Passage.Fails, Passage.Cut, Passage.Refused])
        {
            table.Proxy.Decide = (_, _) => Task.FromResult(fault);

            await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(Key));
            await Should.ThrowAsync<StoreUnavailableException>(async () => await log.ReadTailAsync(Key));
            await Should.ThrowAsync<StoreUnavailableException>(async () => await log.ReadAsync(Key).FirstOrDefaultAsync());
            await Should.ThrowAsync<StoreUnavailableException>(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default }));
        }
    }

    [Theory]
    [InlineData(Passage.DoneButFails)]
    [InlineData(Passage.DoneButCut)]
    [InlineData(Passage.Throttled)]
    public async Task Maintenance_WhoseAnswersAreLost_IsDoneOnceAndToldOfTruly(Passage fault)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(table.Log, 6, keyframes: [3, 5]);
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [3] = new byte[100_000], [4] = "{}"u8.ToArray() };
        var turn = 0;
        table.Proxy.Decide = (_, _) => Task.FromResult(Interlocked.Increment(ref turn) % 2 == 0 ? Passage.Pass : fault);

        (await log.RewriteAsync(Key, replacements, dropBelow: 3)).ShouldBeTrue();
        thread.AcceptRewrite(replacements, dropBelow: 3);
        await ExpectOnceAsync(table.Log, thread);
        (await log.SetExpiryAsync(Key, DateTimeOffset.MaxValue)).ShouldBeTrue();
        (await log.EraseAsync(Key)).ShouldBeTrue();

        (await table.ScanAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Requests_ThatAreNotAnswered_AreSentAgainAfterTheirTime()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy(options => options.RequestTimeout = TimeSpan.FromSeconds(1));
        var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = table.Proxy.Hold((operation, _) => operation == "TransactWriteItems", never.Task);
        var thread = new ThreadWriter(Key);

        await thread.AppendAsync(log);

        never.SetResult();
        await ExpectOnceAsync(table.Log, thread);
    }

    [Fact]
    public async Task Errors_OfWrongSignatures_DoNotRepeatTheRequest()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        table.Proxy.Answer = """{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"The Canonical String was x-amz-security-token:s3cr3t-token"}""";

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(Key));

        error.ToString().ShouldNotContain("s3cr3t");
        error.Message.ShouldContain("InvalidSignatureException");
    }

    private static void Impatient(DynamoDbLogOptions options) => (options.Timeout, options.TimeProvider) = (TimeSpan.FromMilliseconds(500), new SkippedTime());

    private static async Task ExpectOnceAsync(DynamoDbCommitLog log, ThreadWriter thread)
    {
        var acknowledged = thread.Entries.Where(entry => entry.RewrittenHash is null).Select(entry => new AcknowledgedCommit(entry.Key, entry.Version, entry.CommitId)).ToList();
        if (thread.Entries[0].Version == 1)
        {
            (await HistoryChecker.CheckAsync(log, acknowledged)).Unacknowledged.ShouldBe(0);
        }

        var tail = (await log.ReadTailAsync(thread.Key, int.MaxValue))!;
        tail.Head.ChainHash.ShouldBe(thread.Head!.ChainHash);
        tail.Entries.Select(entry => Digest.Compute(entry.Body.Span)).ShouldBe(thread.Entries.Select(entry => Digest.Compute(entry.Body.Span)));
    }
}
