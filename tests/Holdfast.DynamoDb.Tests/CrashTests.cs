using Holdfast.Logs;
using Holdfast.Testing;
using NewBodies = System.Collections.Generic.Dictionary<long, System.ReadOnlyMemory<byte>>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A process may end after any request: what is seen then is all or nothing, and what is left is removed.</summary>
public sealed class CrashTests
{
    private const int SeveralChunks = 800_000;
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "chat-7");

    [Fact]
    public async Task Append_OfALargeBodyThatCrashesAfterAnyRequest_IsThereOrNotAndLeavesNoOrphan()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(table.Log);
        var crashes = await CrashAfterEveryRequestAsync(table, async crash =>
        {
            var request = thread.Next(new() { Body = Bytes(SeveralChunks) });
            await crash(async () => await log.AppendAsync(request));
            var stands = (await table.Log.GetHeadAsync(Key))!.Version == request.Entry.Version;
            (await CountAsync(table.Log, Key)).ShouldBe(stands ? request.Entry.Version : request.Entry.Version - 1);

            await table.Log.CollectOrphansAsync(TimeSpan.Zero);
            await table.ShouldHaveNoOrphansAsync();

            (await table.Log.AppendAsync(request)).Outcome.ShouldBe(stands ? AppendOutcome.Duplicate : AppendOutcome.Appended);
            thread.Accept(request);
            await ExpectAsync(table.Log, thread);
            await table.ShouldHaveNoOrphansAsync();
        });

        // The note, three chunks and the append.
        crashes.ShouldBe(5);
    }

    [Fact]
    public async Task Append_OfALargeBodyThatConflicts_LeavesNoOrphan()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(Key);
        var request = await thread.AppendAsync(table.Log, new() { Body = Bytes(SeveralChunks) });

        (await table.Log.AppendAsync(new ThreadWriter(Key).Next(new() { Body = Bytes(SeveralChunks) }))).ShouldBe(AppendResult.Conflict(1));
        (await table.Log.AppendAsync(request)).ShouldBe(AppendResult.Duplicate(1));

        await ExpectAsync(table.Log, thread);
        await table.ShouldHaveNoOrphansAsync();
    }

    [Fact]
    public async Task Append_WhoseUploadWasTakenForAnOrphan_UploadsAgain()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = table.Proxy.Hold((operation, _) => operation == "TransactWriteItems", go.Task);
        var thread = new ThreadWriter(Key);
        var appending = thread.AppendAsync(log, new() { Body = Bytes(SeveralChunks) });
        await held;

        (await table.Log.CollectOrphansAsync(TimeSpan.Zero)).ShouldBe(1);
        go.SetResult();
        await appending;

        await ExpectAsync(table.Log, thread);
        await table.ShouldHaveNoOrphansAsync();
    }

    [Fact]
    public async Task CollectOrphans_LeavesWhatIsYoungerAlone()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        table.Proxy.CrashAfter(4);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await new ThreadWriter(Key).AppendAsync(log, new() { Body = Bytes(SeveralChunks) }));

        (await table.Log.CollectOrphansAsync(TimeSpan.FromHours(1))).ShouldBe(0);
        (await table.ScanAsync()).Count.ShouldBe(4);
        (await table.Log.CollectOrphansAsync(TimeSpan.Zero)).ShouldBe(1);

        (await table.ScanAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Uploads_CollectOrphansOfEarlierProcessesByThemselves()
    {
        await using var table = await OwnTable.CreateAsync();
        var time = new ManualTimeProvider();
        var crashing = table.OpenThroughProxy();
        table.Proxy.CrashAfter(2);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await new ThreadWriter(Key).AppendAsync(crashing, new() { Body = Bytes(100_000) }));
        table.Proxy.Heal();
        time.Advance(TimeProvider.System.GetUtcNow() - time.GetUtcNow() + TimeSpan.FromHours(2));
        var log = table.OpenThroughProxy(options => options.TimeProvider = time);
        var thread = new ThreadWriter(Key);

        await thread.AppendAsync(log, new() { Body = Bytes(100_000) });
        var deadline = TimeProvider.System.GetTimestamp();
        while ((await table.ScanAsync()).Exists(item => item["pk"].S.StartsWith("w:", StringComparison.Ordinal)))
        {
            TimeProvider.System.GetElapsedTime(deadline).ShouldBeLessThan(TimeSpan.FromSeconds(60));
        }

        await table.ShouldHaveNoOrphansAsync();
    }

    [Fact]
    public async Task Erase_ThatCrashesAfterAnyRequest_LeavesTheThreadOrNothingAndTheNextLifeIsClean()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await CrashAfterEveryRequestAsync(table, async crash =>
        {
            var old = await WriteAsync(table.Log);
            await crash(async () => await log.EraseAsync(Key));
            if (await table.Log.GetHeadAsync(Key) is null)
            {
                await ExpectAsync(table.Log, new(Key));
                (await table.Log.AppendAsync(old.Next())).ShouldBe(AppendResult.Conflict(0));
            }
            else
            {
                await ExpectAsync(table.Log, old);
                (await table.Log.EraseAsync(Key)).ShouldBeTrue();
            }

            // Without any collecting: who begins the thread anew helps.
            var anew = new ThreadWriter(Key);
            await anew.AppendManyAsync(table.Log, 2);
            await ExpectAsync(table.Log, anew);
            await table.Log.CollectOrphansAsync(TimeSpan.Zero);
            await table.ShouldHaveNoOrphansAsync();
            await ExpectAsync(table.Log, anew);
            (await table.Log.EraseAsync(Key)).ShouldBeTrue();
            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task CollectOrphans_AfterAnEraseThatCrashed_RemovesTheRest()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await CrashAfterEveryRequestAsync(table, async crash =>
        {
            await WriteAsync(table.Log);
            await crash(async () => await log.EraseAsync(Key));
            await table.Log.CollectOrphansAsync(TimeSpan.Zero);

            (await table.Log.GetHeadAsync(Key)).ShouldBeNull();
            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rewrite_ThatCrashesAfterAnyRequest_TookEffectWhollyOrNotAtAll(bool collects)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        var replacements = new NewBodies { [3] = Bytes(50), [4] = Bytes(400_000), [6] = Bytes(100_000) };
        await CrashAfterEveryRequestAsync(table, async crash =>
        {
            var thread = await WriteAsync(table.Log);
            await crash(async () => await log.RewriteAsync(Key, replacements, dropBelow: 3));
            var dropped = (await CountAsync(table.Log, Key)) < thread.Entries.Count;
            if (dropped)
            {
                thread.AcceptRewrite(replacements, dropBelow: 3);
            }

            await ExpectAsync(table.Log, thread);
            await thread.AppendAsync(table.Log);
            await ExpectAsync(table.Log, thread);

            // Either the sweeper or the next rewrite goes on.
            if (collects)
            {
                await table.Log.CollectOrphansAsync(TimeSpan.Zero);
            }
            else
            {
                (await table.Log.RewriteAsync(Key, replacements, dropBelow: 3)).ShouldBeTrue();
                thread.AcceptRewrite(replacements, dropBelow: 3);
                await table.Log.CollectOrphansAsync(TimeSpan.Zero);
            }

            await ExpectAsync(table.Log, thread);
            await table.ShouldHaveNoOrphansAsync();
            (await table.Log.EraseAsync(Key)).ShouldBeTrue();
            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Erase_OfAThreadWhoseRewriteCrashed_LeavesNothing()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await CrashAfterEveryRequestAsync(table, async crash =>
        {
            await WriteAsync(table.Log);
            await crash(async () => await log.RewriteAsync(Key, new NewBodies { [4] = Bytes(100_000), [5] = Bytes(60) }, dropBelow: 3));
            (await table.Log.EraseAsync(Key)).ShouldBeTrue();
            await table.Log.CollectOrphansAsync(TimeSpan.Zero);

            (await table.ScanAsync()).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Erase_ThatComesLateWithItsRemovals_DoesNotTouchTheNextLife()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await WriteAsync(table.Log);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = table.Proxy.Hold((operation, body) => operation == "TransactWriteItems" && body.Contains("\"Delete\"", StringComparison.Ordinal), go.Task);
        var erasing = Task.Run(async () => await log.EraseAsync(Key));
        await held;

        var anew = await WriteAsync(table.Log);
        go.SetResult();

        (await erasing).ShouldBeTrue();
        await ExpectAsync(table.Log, anew);
        await table.ShouldHaveNoOrphansAsync();
    }

    [Fact]
    public async Task Rewrite_ThatComesLateWithItsBodies_DoesNotTouchTheNextLife()
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        await WriteAsync(table.Log);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = table.Proxy.Hold((operation, body) => operation == "TransactWriteItems" && body.Contains("\"Delete\"", StringComparison.Ordinal), go.Task);
        var rewriting = Task.Run(async () => await log.RewriteAsync(Key, new NewBodies { [4] = Bytes(100_000), [5] = Bytes(60) }, dropBelow: 4));
        await held;

        (await table.Log.EraseAsync(Key)).ShouldBeTrue();
        var anew = await WriteAsync(table.Log);
        go.SetResult();

        (await rewriting).ShouldBeTrue();
        await ExpectAsync(table.Log, anew);
        await table.ShouldHaveNoOrphansAsync();
    }

    private static async Task<ThreadWriter> WriteAsync(DynamoDbCommitLog log)
    {
        var thread = new ThreadWriter(Key);
        for (var version = 1; version <= 8; version++)
        {
            await thread.AppendAsync(log, new() { IsKeyframe = version == 7, Body = version is 2 or 6 ? Bytes(70_000 * version) : null });
        }

        return thread;
    }

    /// <summary>Runs the scenario with a crash after the first request, after the second, and so on until there is nothing left to crash in.</summary>
    private static async Task<int> CrashAfterEveryRequestAsync(OwnTable table, Func<Func<Func<Task>, Task>, Task> scenario)
    {
        for (var requests = 1; ; requests++)
        {
            var crashed = true;
            await scenario(async action =>
            {
                var reached = table.Proxy.CrashAfter(requests);
                var error = await Record.ExceptionAsync(action);
                crashed = reached();
                table.Proxy.Heal();
                if (error is not null && error is not StoreUnavailableException)
                {
                    throw new InvalidOperationException($"The crash after {requests} requests should have been told of as unavailability.", error);
                }
            });
            if (!crashed)
            {
                return requests - 1;
            }
        }
    }

    private static async Task ExpectAsync(DynamoDbCommitLog log, ThreadWriter thread)
    {
        (await log.GetHeadAsync(thread.Key))?.ChainHash.ShouldBe(thread.Head?.ChainHash ?? default);
        var read = new List<LogEntry>();
        await foreach (var entry in log.ReadAsync(thread.Key))
        {
            read.Add(entry);
        }

        ShouldBeSame(read, thread.Entries);
        ShouldBeSame((await log.ReadTailAsync(thread.Key, int.MaxValue))?.Entries ?? [], thread.Entries);
    }

    private static void ShouldBeSame(IReadOnlyList<LogEntry> read, IReadOnlyList<LogEntry> expected)
    {
        read.Select(entry => (entry.Version, entry.CommitId, entry.IsRewritten)).ShouldBe(expected.Select(entry => (entry.Version, entry.CommitId, entry.IsRewritten)));
        read.Select(entry => Digest.Compute(entry.Body.Span)).ShouldBe(expected.Select(entry => Digest.Compute(entry.Body.Span)));
    }

    private static async Task<long> CountAsync(DynamoDbCommitLog log, ThreadKey key)
    {
        var count = 0;
        await foreach (var _ in log.ReadAsync(key))
        {
            count++;
        }

        return count;
    }

    private static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
