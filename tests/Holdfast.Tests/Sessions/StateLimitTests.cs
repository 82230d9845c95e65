using Holdfast.Logs;
using Holdfast.Testing.Tests;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

/// <summary>No limit ever blocks a thread.</summary>
public sealed class StateLimitTests
{
    private const int Limit = 100_000;

    private readonly TestStore _test = new(options => options.MaxCommitBytes = Limit);

    [Fact]
    public async Task Commit_ThatMakesTheStateTooLarge_IsRefusedAndSaysSo()
    {
        await SetAsync(_test.Store, "v0", 40_000);
        await SetAsync(_test.Store, "v1", 40_000);

        var error = await Should.ThrowAsync<StateTooLargeException>(async () => await SetAsync(_test.Store, "v2", 40_000));

        error.Message.ShouldContain("the state of thread 'a'");
        error.Message.ShouldContain("100,000 are allowed");
        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["v0", "v1"]);
    }

    [Fact]
    public async Task Commits_BesidesALargeState_AreNeverRefusedForTheirKeyframes()
    {
        await SetAsync(_test.Store, "v0", 45_000);
        await SetAsync(_test.Store, "v1", 45_000);

        for (var i = 0; i < 600; i++)
        {
            await _test.Store.UpdateAsync("a", session => session.Say($"message {i}"));
        }

        var entries = await _test.EntriesAsync("a");
        entries.Count.ShouldBe(602);
        entries.Count(entry => entry.IsKeyframe).ShouldBeGreaterThan(0);
        (await _test.Another().Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task AThreadWhoseStateIsTooLarge_TakesEverythingThatDoesNotEnlargeIt()
    {
        var generous = _test.Another(options => options.MaxCommitBytes = 16 * 1024 * 1024);
        await SetAsync(generous, "v0", 300_000);
        await SetAsync(generous, "v1", 300_000);

        for (var i = 0; i < 300; i++)
        {
            await _test.Store.UpdateAsync("a", session => session.Say($"message {i}"));
        }

        await Should.ThrowAsync<StateTooLargeException>(async () => await SetAsync(_test.Store, "small", 1));
        await _test.Store.UpdateAsync("a", session => session.Status = ThreadStatus.Thinking);
        await _test.Store.UpdateAsync("a", session => session.Variables.Set("v0", "short"));
        (await _test.Store.Thread("a").DeleteAsync()).ShouldBeTrue();
        (await _test.Store.Thread("a").RestoreDeletedAsync()).ShouldBeTrue();
        await _test.Store.UpdateAsync("a", session => session.Variables.Remove("v1"));
        await SetAsync(_test.Store, "small", 1);

        (await _test.Another().OpenAsync("a")).Variables.Keys.ShouldBe(["v0", "small"]);
        (await _test.Another().Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task AKeyframeThatTheLogCannotHold_IsLeftOut()
    {
        var log = new SmallLog(new InMemoryCommitLog(), 60_000);
        var store = new AgentStateStore(log, new() { TimeProvider = _test.Clock });
        for (var i = 0; i < 4; i++)
        {
            await SetAsync(store, $"v{i}", 20_000);
        }

        var session = await store.OpenAsync("a");
        for (var i = 0; i < 600; i++)
        {
            session.Say($"message {i}");
            await session.CommitAsync();
        }

        session.Version.ShouldBe(604);
        (await store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
        log.Refused.ShouldBeLessThan(10);
        await Should.ThrowAsync<StateTooLargeException>(async () => await SetAsync(store, "v9", 70_000));
    }

    [Fact]
    public async Task ASessionThatStaysOpen_KeepsABoundedNumberOfMessages()
    {
        var session = await _test.Store.OpenAsync("a");
        for (var i = 0; i < 3_000; i++)
        {
            session.Say($"message {i}");
            await session.CommitAsync();
        }

        session.State.Recent.Count.ShouldBeLessThanOrEqualTo(512);
        session.State.Recent[^1].Version.ShouldBe(3_000);
        (await session.History.LastAsync(1_000)).Select(message => message.Text).ShouldBe(Enumerable.Range(2_000, 1_000).Select(i => $"message {i}"));
        (await session.History.TextsAsync()).ShouldBe(Enumerable.Range(0, 3_000).Select(i => $"message {i}"));
    }

    [Fact]
    public async Task ASessionThatStaysOpen_KeepsABoundedWeightOfMessages()
    {
        var session = await _test.Store.OpenAsync("a");
        for (var i = 0; i < 640; i++)
        {
            session.Say(new string('x', 90_000));
            await session.CommitAsync();
        }

        session.State.Recent.Sum(entry => entry.Messages.Sum(message => (long)message.Json.Length)).ShouldBeLessThan(24 * 1024 * 1024);
        (await session.History.TextsAsync()).Count.ShouldBe(640);
    }

    private static async Task SetAsync(AgentStateStore store, string key, int length)
        => await store.UpdateAsync("a", session => session.Variables.Set(key, new string('x', length)));

    /// <summary>A log that holds no entry of more than some bytes, as several databases do.</summary>
    private sealed class SmallLog(ICommitLog log, int most) : DelegatingLog(log)
    {
        public int Refused { get; private set; }

        public override ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        {
            if (request.Entry.Body.Length <= most)
            {
                return base.AppendAsync(request, cancellationToken);
            }

            Refused++;
            throw new StateTooLargeException($"The body has {request.Entry.Body.Length} bytes; {most} are allowed.");
        }
    }
}
