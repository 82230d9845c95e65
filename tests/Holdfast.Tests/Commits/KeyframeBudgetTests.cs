using Holdfast.Tests.Support;

namespace Holdfast.Tests.Commits;

/// <summary>Whatever the state does, all that is stored stays within three times what the entries bring, and a load reads a bounded multiple of the state.</summary>
public sealed class KeyframeBudgetTests
{
    private const int Floor = 16 * 1024;
    private readonly TestStore _test = new();

    [Fact]
    public async Task LargeVariables_WithSmallTurns()
        => await RunAsync(600, (session, i) =>
        {
            if (i < 50)
            {
                session.Variables.Set("v" + i, new string('x', 10_000));
            }

            session.Say(new string('y', 500));
        });

    [Fact]
    public async Task ASectionThatOnlyGrows() => await RunAsync(2000, (session, i) => session.Tools["steps"].Set("step" + i, new string('x', 300)));

    [Fact]
    public async Task AStateThatComesAndGoes()
        => await RunAsync(300, (session, i) => session.Variables.Set("big", new string('x', i % 20 == 0 ? 200_000 : 10)));

    [Fact]
    public async Task ALargeStateThatIsDeleted_ThenSmallTurns()
        => await RunAsync(300, (session, i) =>
        {
            if (i == 0)
            {
                session.Variables.Set("big", new string('x', 2_000_000));
            }
            else if (i == 5)
            {
                session.Variables.Remove("big");
            }

            session.Say("y");
        });

    [Fact]
    public async Task ALargeState_WithTinyCommits()
        => await RunAsync(3000, (session, i) =>
        {
            if (i == 0)
            {
                session.Variables.Set("big", new string('x', 1_000_000));
            }

            session.Status = i % 2 == 0 ? ThreadStatus.Thinking : ThreadStatus.Idle;
        });

    private async Task RunAsync(int commits, Action<ThreadSession, int> change)
    {
        var session = await _test.Store.OpenAsync("a");
        long brought = 0;
        for (var i = 0; i < commits; i++)
        {
            change(session, i);
            await session.CommitAsync();
            if (i % 100 == 99 || i == commits - 1)
            {
                await ExpectBoundedLoadAsync(session);
            }
        }

        foreach (var entry in await _test.EntriesAsync("a"))
        {
            var keyframe = entry.IsKeyframe ? StateBytes(entry.Body) : 0;
            brought += entry.Body.Length - keyframe + KeyframeRule.EntryOverhead;
        }

        (await _test.EntriesAsync("a")).Sum(entry => (long)entry.Body.Length).ShouldBeLessThanOrEqualTo(3 * brought);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private async Task ExpectBoundedLoadAsync(ThreadSession session)
    {
        var newest = (await _test.EntriesAsync("a"))[^1].Body.Length;
        _test.Log.Reset();
        await _test.Store.OpenAsync("a");
        _test.Log.BytesRead.ShouldBeLessThanOrEqualTo((4 * Math.Max(CommitBodyWriter.KeyframeSize(session.State.State), Floor)) + newest);
    }

    private static int StateBytes(ReadOnlyMemory<byte> body)
    {
        using var json = System.Text.Json.JsonDocument.Parse(body);
        return System.Text.Encoding.UTF8.GetByteCount(json.RootElement.GetProperty("state").GetRawText());
    }
}
