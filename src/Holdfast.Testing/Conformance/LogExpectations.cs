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
        ExpectHead(expected, await log.GetHeadAsync(expected.Key));
        await ExpectPinsAsync(log, expected);
        Expect.Entries(expected.Entries, await log.ReadAllAsync(expected.Key), $"thread '{expected.Key}'");
        var tail = await log.ReadTailAsync(expected.Key);
        ExpectHead(expected, tail?.Head);
        if (tail is not null)
        {
            Expect.Entries(expected.Entries.Where(entry => entry.Version >= expected.Head!.KeyframeVersion), tail.Entries, $"the tail of thread '{expected.Key}'");
        }

        var listed = await log.ListAllAsync(Everything(expected.Key.Space, expected.Key.Tenant));
        ExpectHead(expected, listed.SingleOrDefault(head => head.Key == expected.Key));
    }

    /// <summary>A query for all threads of a tenant in a space.</summary>
    public static HeadQuery Everything(ThreadSpace space, string? tenant)
        => new() { Space = space, Tenant = tenant, AsOf = default, Expired = ExpiredFilter.Include, Filter = new() { Deleted = DeletedFilter.Include } };

    /// <summary>Changes the head by maintenance, and checks the answer.</summary>
    public static async Task ExpectUpdateAsync(this ICommitLog log, ThreadWriter thread, HeadUpdate update)
    {
        var head = await log.UpdateHeadAsync(update);
        thread.AcceptUpdate(update);
        ExpectHead(thread, head);
    }

    /// <summary>An update that must be refused: the thread is not there, or a condition does not hold.</summary>
    public static async Task ExpectNoUpdateAsync(this ICommitLog log, HeadUpdate update, string why)
        => Expect.Head(null, await log.UpdateHeadAsync(update), $"the answer to an update {why}");

    /// <summary>Keeps a thread as a trunk, and checks the answer.</summary>
    public static async Task ExpectKeptAsTrunkAsync(this ICommitLog log, ThreadWriter thread)
    {
        Expect.Equal(true, await log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true, IfUnchanged = thread.Head!.Stamp }), "the answer for an unchanged thread that is kept as a trunk");
        thread.AcceptTrunk();
    }

    private static void ExpectHead(ThreadWriter expected, ThreadHead? head)
    {
        Expect.Head(expected.Head, head);
        Expect.That(head?.Pins is null, $"the pins of thread '{expected.Key}' are not read when nobody asks for them");
    }

    private static async Task ExpectPinsAsync(ICommitLog log, ThreadWriter expected)
    {
        var head = await log.GetHeadAsync(new HeadRequest { Key = expected.Key, WithPins = true });
        Expect.Head(expected.Head, head);

        // A writer that was made from a tail does not know them.
        if (head is not null && expected.Pins.Count == expected.Head!.PinCount)
        {
            Expect.Sequence(
                expected.Pins.OrderBy(pin => pin.Life.ToString(), StringComparer.Ordinal),
                Expect.NotNull(head.Pins, "the pins that were asked for").OrderBy(pin => pin.Life.ToString(), StringComparer.Ordinal),
                $"the pins of thread '{expected.Key}'");
        }
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
