using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>A process that is frozen in the middle of a change of a head holds nobody up: whatever it had sent is done, and nothing is locked.</summary>
public sealed class FrozenClientTests : IAsyncLifetime
{
    private readonly ThreadWriter _thread = new(ThreadKey.Of("a"));
    private Relay _relay = null!;
    private PostgresCommitLog _log = null!;
    private PostgresCommitLog _frozen = null!;

    public async ValueTask InitializeAsync()
    {
        var server = await SharedServer.GetAsync();
        var options = await SharedServer.NewSchemaAsync();
        _log = await PostgresCommitLog.OpenAsync(options);
        await _thread.AppendAsync(_log);
        _relay = new(server.Port);
        options.ConnectionString = server.ConnectionString(_relay.Port, "postgres", "");
        _frozen = await PostgresCommitLog.OpenAsync(options);
        await _frozen.GetHeadAsync(_thread.Key);
    }

    public async ValueTask DisposeAsync()
    {
        _relay.Release();
        await _frozen.DisposeAsync();
        await _log.DisposeAsync();
        await _relay.DisposeAsync();
    }

    public static TheoryData<string, int> Moments => [.. from update in Updates.Keys from answer in Enumerable.Range(1, 5) select (update, answer)];

    private static Dictionary<string, Func<ThreadHead, HeadUpdate>> Updates => new()
    {
        ["a beat"] = head => new() { Key = head.Key, IfLife = head.Life, Beats = true },
        ["an expiry"] = head => new() { Key = head.Key, IfUnchanged = head.Stamp, Expiry = new(head.UpdatedAt.AddDays(1)) },
        ["properties"] = head => new() { Key = head.Key, IfRevision = head.Revision, Properties = new Dictionary<string, string?> { ["a"] = "1" } },
    };

    [Theory, MemberData(nameof(Moments))]
    public async Task Update_OfAProcessThatIsFrozen_HoldsNobodyUp(string update, int answer)
    {
        var head = (await _log.GetHeadAsync(_thread.Key))!;
        var held = _relay.HoldAnswer(answer);
        var change = Task.Run(async () => await _frozen.UpdateHeadAsync(Updates[update](head)));
        await Task.WhenAny(change, held).WaitAsync(Patience.Call);

        await _thread.AppendAsync(_log).WaitAsync(Patience.Call);
        (await _log.UpdateHeadAsync(new() { Key = _thread.Key, Beats = true }).AsTask().WaitAsync(Patience.Call)).ShouldNotBeNull();

        _relay.Release();
        await change.WaitAsync(Patience.Call);
        (await _log.GetHeadAsync(_thread.Key))!.Version.ShouldBe(_thread.Version);
    }
}
