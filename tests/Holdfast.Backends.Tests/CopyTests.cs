using System.Collections.Concurrent;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Backends.Tests;

/// <summary>Threads can be moved from any backend to any other.</summary>
public sealed class CopyTests
{
    private static readonly ConcurrentDictionary<Backend, Lazy<Task<AgentStateStore>>> Sources = new();

    public static TheoryData<Backend, Backend> Pairs
        => [.. from source in Enum.GetValues<Backend>() from target in Enum.GetValues<Backend>() select new TheoryDataRow<Backend, Backend>(source, target)];

    public static TheoryData<Backend> Targets => [.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Pairs))]
    public async Task Copy_BetweenAnyTwo_BringsEveryEntryAndHeadAsItIs(Backend from, Backend to)
    {
        var source = await SourceAsync(from);
        await using var target = new AgentStateStore(await Servers.NewLogAsync(to));
        var everything = new CopyOptions { AllTenants = true };

        var result = await source.CopyToAsync(target, everything);

        result.Failures.ShouldBeEmpty();
        result.Copied.ShouldBe(SampleThreads.Count);
        (await SampleThreads.DescribeAsync(target.CommitLog)).ShouldBe(await SampleThreads.DescribeAsync(source.CommitLog));
        (await target.Thread("talk").VerifyAsync())!.Problems.ShouldBeEmpty();
        var again = await source.CopyToAsync(target, everything);
        (again.Copied, again.Unchanged, again.Commits).ShouldBe((0, SampleThreads.Count, 0));
    }

    [Theory, MemberData(nameof(Targets))]
    public async Task Copy_ByQuery_BringsTheThreadsThatMatch(Backend from)
    {
        await using var source = new AgentStateStore(await Servers.NewLogAsync(from));
        await source.UpdateAsync("done", session => session.Status = ThreadStatus.Completed, new() { UserId = "ann" });
        await source.UpdateAsync("idle", session => session.Variables.Set("a", 1));
        await source.UpdateAsync("gone", session => session.Status = ThreadStatus.Completed);
        await source.Thread("gone").DeleteAsync();
        await source.ForTenant("acme").UpdateAsync("done", session => session.Status = ThreadStatus.Completed);
        await using var target = new AgentStateStore(new InMemoryCommitLog());

        var result = await source.CopyToAsync(target, new() { Query = new() { Status = ThreadStatus.Completed, UpdatedBefore = DateTimeOffset.MaxValue } });

        (result.Copied, result.IsComplete).ShouldBe((1, true));
        (await SampleThreads.HeadsAsync(target.CommitLog)).Select(head => head.Key.ToString()).ShouldBe(["done"]);
        (await source.CopyToAsync(target, new() { Query = new() { UpdatedBefore = DateTimeOffset.UnixEpoch } })).Unchanged.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Targets))]
    public async Task Copy_CutOffAtAnyPlace_IsTakenUp(Backend to)
    {
        var source = await SourceAsync(Backend.Memory);
        await using var log = await Servers.NewLogAsync(to);
        var faulty = new FaultInjectingLog(log) { Capabilities = LogCapabilities.None };
        var target = new AgentStateStore(faulty);
        var copy = new CopyOptions { Threads = ["talk"] };
        for (var i = 0; i < 3; i++)
        {
            faulty.Nth(3, LogCall.Append).FailsAfter();
            await Should.ThrowAsync<StoreUnavailableException>(async () => await source.CopyToAsync(target, copy));
            (await target.Thread("talk").GetInfoAsync()).ShouldBeNull();
        }

        var result = await source.CopyToAsync(target, copy);

        (result.IsComplete, result.Copied, result.Commits).ShouldBe((true, 1, 3));
        (await target.Thread("talk").GetInfoAsync()).ShouldNotBeNull();
        (await target.Thread("talk").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private static Task<AgentStateStore> SourceAsync(Backend backend) => Sources.GetOrAdd(backend, _ => new(async () =>
    {
        var store = new AgentStateStore(await Servers.NewLogAsync(backend));
        await SampleThreads.FillAsync(store);
        return store;
    })).Value;
}
