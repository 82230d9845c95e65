using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Benchmarks;

/// <summary>The turn that is measured: two messages of 500 characters and two variables, about 1.3 KB as stored.</summary>
internal static class Turn
{
    private static readonly string Text = string.Concat(Enumerable.Repeat("All work is done in good time. ", 17))[..500];

    public static async ValueTask<CommitInfo> CommitAsync(ThreadSession session)
    {
        Say(session);
        Set(session);
        return await session.CommitAsync();
    }

    public static void Say(ThreadSession session)
    {
        session.History.Add(ChatRole.User, Text);
        session.History.Add(ChatRole.Assistant, Text);
    }

    public static void Set(ThreadSession session)
    {
        session.Variables.Set("count", session.Variables.Get("count", 0) + 1);
        session.Variables.Set("topic", $"topic {session.Version}");
    }

    /// <summary>The bytes that one turn gives a log to store.</summary>
    public static async Task<byte[]> BodyAsync()
    {
        await using var store = new AgentStateStore(new InMemoryCommitLog());
        await CommitAsync(await store.OpenAsync("turn"));
        await foreach (var entry in store.CommitLog.ReadAsync(ThreadKey.Of("turn")))
        {
            return entry.Body.ToArray();
        }

        throw new InvalidOperationException("Nothing was stored.");
    }
}
