using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>An answer with items of another thread is found out: nothing of that thread is shown.</summary>
public sealed class OtherItemTests
{
    private static readonly ThreadKey Asked = ThreadKey.Of("acme", "chat-1");

    [Theory]
    [InlineData("acme", "globex")]
    [InlineData("chat-1", "chat-2")]
    public async Task Reads_ThatAreAnsweredWithAnotherThread_ReportDamage(string text, string other)
    {
        await using var table = await OwnTable.CreateAsync();
        await new ThreadWriter(Asked).AppendManyAsync(table.Log, 3);
        var log = table.OpenThroughProxy();
        table.Proxy.Change = new Replaced(["GetItem", "Query", "BatchGetItem"], text, other);

        await ExpectDamageAsync(async () => await log.GetHeadAsync(Asked), other);
        await ExpectDamageAsync(async () => await log.ReadTailAsync(Asked), other);
        await ExpectDamageAsync(async () => await log.ReadAsync(Asked).ToListAsync(), other);
    }

    [Fact]
    public async Task Reads_WhoseEntriesAreAnotherThreads_ReportDamage()
    {
        await using var table = await OwnTable.CreateAsync();
        await new ThreadWriter(Asked).AppendManyAsync(table.Log, 3);
        var log = table.OpenThroughProxy();
        table.Proxy.Change = new Replaced(["Query"], "acme", "globex");

        await ExpectDamageAsync(async () => await log.ReadAsync(Asked).ToListAsync(), "globex");
        await ExpectDamageAsync(async () => await log.ReadAsync(Asked, direction: ReadDirection.Backward).ToListAsync(), "globex");
    }

    [Fact]
    public async Task Reads_WhoseEntriesHaveKeysThatAreNone_ReportDamage()
    {
        await using var table = await OwnTable.CreateAsync();
        var thread = new ThreadWriter(Asked);
        await thread.AppendManyAsync(table.Log, 3);
        var (log, second) = (table.OpenThroughProxy(), Crashes.Sort(thread, 2));
        foreach (var other in (string[])[second[..^1] + "x", second[..^10] + "2", second[..^5] + "-0002", "e:2", "f"])
        {
            table.Proxy.Change = new Replaced(["Query"], second, other);

            await ExpectDamageAsync(async () => await log.ReadTailAsync(Asked), "globex");
            await ExpectDamageAsync(async () => await log.ReadAsync(Asked).ToListAsync(), "globex");
        }
    }

    [Theory]
    [InlineData(ThreadOrder.Id)]
    [InlineData(ThreadOrder.RecentlyUpdated)]
    public async Task List_ThatIsAnsweredWithHeadsThatWereNotAskedFor_ReportsDamage(ThreadOrder order)
    {
        await using var table = await OwnTable.CreateAsync();
        await new ThreadWriter(Asked).AppendManyAsync(table.Log, 3);
        var log = table.OpenThroughProxy();
        table.Proxy.Change = new Replaced(["BatchGetItem"], "acme", "globex");

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default, Filter = new() { Order = order } }));

        error.Message.ShouldNotContain("globex");
    }

    private static async Task ExpectDamageAsync(Func<Task> call, string other)
    {
        var error = await Should.ThrowAsync<CorruptStateException>(call);
        error.Key.ShouldBe(Asked);
        error.Message.ShouldNotContain(other);
    }

    /// <summary>Puts another text in the place of one in the answers to some operations.</summary>
    private sealed class Replaced(string[] operations, string text, string other) : IRequestChange
    {
        public string Ask(string operation, string body) => body;

        public byte[] Answer(string operation, string body, byte[] answer)
            => operations.Contains(operation) ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(answer).Replace(text, other, StringComparison.Ordinal)) : answer;
    }
}
