using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>Reading a log whole, and comparing it with what a <see cref="ThreadWriter"/> remembers.</summary>
internal static class LogExpectations
{
    public static async Task<List<LogEntry>> ReadAllAsync(
        this ICommitLog log, ThreadKey key, long from = 1, long to = long.MaxValue, ReadDirection direction = ReadDirection.Forward)
    {
        var entries = new List<LogEntry>();
        await foreach (var entry in log.ReadAsync(key, from, to, direction))
        {
            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Follows the pages of a listing to the end.</summary>
    public static async Task<List<ThreadHead>> ListAllAsync(this ICommitLog log, HeadQuery query)
    {
        var heads = new List<ThreadHead>();
        string? continuation = null;
        do
        {
            var page = await log.ListAsync(query with { Filter = query.Filter with { Continuation = continuation } });
            Expect.That(page.Heads.Count <= query.Filter.PageSize, $"a page has at most {query.Filter.PageSize} heads (it has {page.Heads.Count})");
            Expect.That(page.Heads.Count > 0 || page.Continuation is null, "only the only page can be empty");
            heads.AddRange(page.Heads);
            continuation = page.Continuation;
        }
        while (continuation is not null);

        return heads;
    }

    /// <summary>Whether every way to read the thread gives exactly what the writer was told is there.</summary>
    public static async Task ExpectThreadAsync(this ICommitLog log, ThreadWriter expected)
    {
        Expect.Head(expected.Head, await log.GetHeadAsync(expected.Key));
        Expect.Entries(expected.Entries, await log.ReadAllAsync(expected.Key), $"thread '{expected.Key}'");
        var tail = await log.ReadTailAsync(expected.Key);
        Expect.Head(expected.Head, tail?.Head);
        if (tail is not null)
        {
            Expect.Entries(expected.Entries.Where(entry => entry.Version >= expected.Head!.KeyframeVersion), tail.Entries, $"the tail of thread '{expected.Key}'");
        }

        var listed = await log.ListAllAsync(new() { Space = expected.Key.Space, Tenant = expected.Key.Tenant, AsOf = default, Expired = ExpiredFilter.Include, Filter = new() { Deleted = DeletedFilter.Include } });
        Expect.Head(expected.Head, listed.SingleOrDefault(head => head.Key == expected.Key));
    }

    public static async Task ExpectNoThreadAsync(this ICommitLog log, ThreadKey key) => await log.ExpectThreadAsync(new(key));

    /// <summary>Appends, and checks the answer.</summary>
    public static async Task ExpectAppendAsync(this ICommitLog log, AppendRequest request, AppendResult expected)
        => Expect.Equal(expected, await log.AppendAsync(request), $"the answer to an append of version {request.Entry.Version} to thread '{request.Entry.Key}'");

    public static JsonElement Json(string json) => JsonElement.Parse(json);

    /// <summary>A head with metadata.</summary>
    public static ThreadHead WithMetadata(this ThreadHead head, string key, string json)
        => head with { Metadata = new Dictionary<string, JsonElement>(head.Metadata) { [key] = Json(json) } };
}
