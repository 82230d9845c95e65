using Holdfast.Logs;

namespace Holdfast.Testing.Tests;

public sealed class FaultInjectingLogTests
{
    private readonly FaultInjectingLog _log = new(new InMemoryCommitLog());
    private readonly ThreadWriter _thread = new(ThreadKey.Of("thread"));

    [Fact]
    public async Task FailsBefore_AnAppend_WritesNothingAndSaysSo()
    {
        _log.Next(LogCall.Append).FailsBefore();

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await _log.AppendAsync(_thread.Next()));

        error.OutcomeUnknown.ShouldBeFalse();
        (await _log.GetHeadAsync(_thread.Key)).ShouldBeNull();
        await _thread.AppendAsync(_log);
    }

    [Fact]
    public async Task FailsAfter_AnAppend_HasWrittenAndLeavesTheOutcomeOpen()
    {
        _log.Next(LogCall.Append).FailsAfter();
        var request = _thread.Next();

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await _log.AppendAsync(request));

        error.OutcomeUnknown.ShouldBeTrue();
        (await _log.AppendAsync(request)).ShouldBe(AppendResult.Duplicate(1));
    }

    [Fact]
    public async Task Fault_WithAnErrorOfItsOwn_ThrowsThat()
    {
        _log.Next(LogCall.GetHead).FailsBefore(new TimeoutException("slow"));

        (await Should.ThrowAsync<TimeoutException>(async () => await _log.GetHeadAsync(_thread.Key))).Message.ShouldBe("slow");
    }

    [Fact]
    public async Task Nth_OfSeveralAppends_FailsThatOneOnly()
    {
        _log.Nth(3, LogCall.Append).FailsBefore();
        await _thread.AppendManyAsync(_log, 2);

        await Should.ThrowAsync<StoreUnavailableException>(() => _thread.AppendAsync(_log));

        await _thread.AppendManyAsync(_log, 2);
        _log.CountOf(LogCall.Append).ShouldBe(5);
    }

    [Fact]
    public async Task Next_OfSeveral_FailsSoManyInARow()
    {
        _log.Next(LogCall.Append, count: 2).FailsBefore();

        await Should.ThrowAsync<StoreUnavailableException>(() => _thread.AppendAsync(_log));
        await Should.ThrowAsync<StoreUnavailableException>(() => _thread.AppendAsync(_log));
        await _thread.AppendAsync(_log);
    }

    [Fact]
    public async Task Every_UntilHealed_Fails()
    {
        await _thread.AppendAsync(_log);
        _log.Every(LogCall.AnyRead).FailsBefore();

        for (var i = 0; i < 3; i++)
        {
            await Should.ThrowAsync<StoreUnavailableException>(async () => await _log.GetHeadAsync(_thread.Key));
            await Should.ThrowAsync<StoreUnavailableException>(async () => await _log.ReadTailAsync(_thread.Key));
            await Should.ThrowAsync<StoreUnavailableException>(async () => await _log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default }));
            await Should.ThrowAsync<StoreUnavailableException>(async () => await _log.ReadAsync(_thread.Key).GetAsyncEnumerator().MoveNextAsync());
        }

        await _thread.AppendAsync(_log);
        _log.Heal();
        (await _log.GetHeadAsync(_thread.Key))!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task FailsAfter_OfAStream_ThrowsAfterItsFirstEntry()
    {
        await _thread.AppendManyAsync(_log, 5);
        _log.Next(LogCall.Read).FailsAfter();
        var read = new List<long>();

        await Should.ThrowAsync<StoreUnavailableException>(async () =>
        {
            await foreach (var entry in _log.ReadAsync(_thread.Key))
            {
                read.Add(entry.Version);
            }
        });

        read.ShouldBe([1]);
    }

    [Fact]
    public async Task WaitsBefore_AnAppend_HoldsItUntilTheGateOpens()
    {
        var gate = _log.Next(LogCall.Append).WaitsBefore();
        var request = _thread.Next();

        var append = _log.AppendAsync(request).AsTask();
        await gate.Reached;
        append.IsCompleted.ShouldBeFalse();
        (await _log.GetHeadAsync(_thread.Key)).ShouldBeNull();

        gate.Open();
        (await append).ShouldBe(AppendResult.Appended(1));
    }

    [Fact]
    public async Task WaitsAfter_AnAppend_HoldsItsAnswerOnly()
    {
        var gate = _log.Next(LogCall.Append).WaitsAfter();

        var append = _log.AppendAsync(_thread.Next()).AsTask();
        await gate.Reached;
        append.IsCompleted.ShouldBeFalse();
        (await _log.GetHeadAsync(_thread.Key))!.Version.ShouldBe(1);

        gate.Open();
        (await append).ShouldBe(AppendResult.Appended(1));
    }

    [Fact]
    public async Task WaitsBefore_ThatIsCancelled_WritesNothing()
    {
        var gate = _log.Next(LogCall.Append).WaitsBefore();
        using var source = new CancellationTokenSource();
        var append = _log.AppendAsync(_thread.Next(), source.Token).AsTask();
        await gate.Reached;

        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => append);
        (await _log.GetHeadAsync(_thread.Key)).ShouldBeNull();
    }

    [Fact]
    public async Task RunsBefore_AnAppend_LetsAnotherWriterBeFaster()
    {
        await _thread.AppendAsync(_log);
        var other = _thread.Copy();
        _log.Next(LogCall.Append).RunsBefore(() => other.AppendAsync(_log));

        (await _log.AppendAsync(_thread.Next())).ShouldBe(AppendResult.Conflict(2));
    }

    [Fact]
    public async Task TwoFaults_ForOneCall_BothTakePlace()
    {
        var gate = _log.Next(LogCall.Append).WaitsAfter();
        _log.Next(LogCall.Append).FailsAfter();
        var append = _log.AppendAsync(_thread.Next()).AsTask();
        await gate.Reached;

        gate.Open();

        await Should.ThrowAsync<StoreUnavailableException>(() => append);
    }

    [Fact]
    public async Task CountOf_Calls_CountsThoseThatFailedToo()
    {
        _log.Next(LogCall.Append).FailsBefore();
        await Should.ThrowAsync<StoreUnavailableException>(() => _thread.AppendAsync(_log));
        await _log.EraseAsync(_thread.Key);

        _log.CountOf(LogCall.Append).ShouldBe(1);
        _log.CountOf(LogCall.AnyWrite).ShouldBe(2);
        _log.CountOf(LogCall.AnyRead).ShouldBe(0);
    }
}
