using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Backends.Tests;

/// <summary>Threads that have something of everything: keyframes, large bodies, hostile ids and texts, metadata, an expiry, a deletion, several tenants, variables of users and of the application.</summary>
internal static class SampleThreads
{
    public const int Count = 7;

    public static async Task FillAsync(AgentStateStore store)
    {
        var session = await store.OpenAsync("talk", new() { UserId = "ann", Agent = "helper" });
        session.User.Set("tongue", "en");
        session.App.Set("model", "m-7");
        var goal = session.Goals.Add("reach the end").Id;
        for (var i = 1; i <= 12; i++)
        {
            session.History.Add(ChatRole.User, i == 6 ? new string('ж', 40_000) : $"{i} – \u0000 \ud83c\udf0a 北京 \"\\");
            session.History.Add(ChatRole.Assistant, $"reply {i}");
            session.Variables.Set("i", i);
            session.Metadata.Set("language", "en");
            session.Goals.AddTodo(goal, session.Todos.Add($"step {i}").Id);
            session.Decisions.Add(new() { Text = $"choose {i}", Reason = "\u0000 北京 \"\\", Alternatives = ["stay", "wait"], GoalId = goal });
            await session.CommitAsync("turn");
        }

        await store.UpdateAsync("../b:c d/%7B{x}", one => one.Variables.Set("big", new string('x', 900_000)));
        await store.UpdateAsync("short-lived", one => one.Variables.Set("a", 1));
        await store.Thread("short-lived").ExtendAsync(TimeSpan.FromDays(7));
        await store.UpdateAsync("gone", one => one.Variables.Set("a", 1));
        await store.Thread("gone").DeleteAsync();
        await store.ForTenant("acme:x").UpdateAsync("talk", one => one.Variables.Set("a", 1));
    }

    public static async Task<List<ThreadHead>> HeadsAsync(ICommitLog log)
    {
        var heads = new List<ThreadHead>();
        foreach (var space in ThreadSpaceNames.All)
        {
            var query = new HeadQuery
            {
                Space = space,
                Tenant = null,
                Filter = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id },
                AsOf = DateTimeOffset.UnixEpoch,
                Expired = ExpiredFilter.Include,
            };
            heads.AddRange(await log.ListAllAsync(query).ToListAsync());
        }

        return heads;
    }

    /// <summary>Everything a log has, one line for each head and each entry, with the hashes of bodies for their bytes. How often maintenance changed a thread is left out: a copy is one such change.</summary>
    public static async Task<List<string>> DescribeAsync(ICommitLog log)
    {
        var lines = new List<string>();
        foreach (var head in await HeadsAsync(log))
        {
            var metadata = string.Join(",", head.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value.GetRawText()}"));
            lines.Add($"{head with { Metadata = ThreadHead.EmptyMetadata, Properties = ThreadHead.NoProperties, Terms = [], Revision = 0 }} {metadata} {string.Join(",", head.Terms)} {string.Join(",", head.Properties.Order())}");
            await foreach (var entry in log.ReadAsync(head.Key))
            {
                lines.Add($"{entry with { Body = default }} {Digest.Compute(entry.Body.Span)}");
            }
        }

        return lines;
    }
}
