using Holdfast.Logs;
using Holdfast.Testing;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>An entry that cannot be read hides no other: those before it are returned, and reading can go on after it.</summary>
public sealed class DamagedEntryTests
{
    private static readonly Dictionary<string, Action<Item>> Damages = new()
    {
        ["commit missing"] = item => item.Remove("commit"),
        ["commit short"] = item => item["commit"] = new() { B = new([1, 2, 3]) },
        ["at is text"] = item => item["at"] = new("yesterday"),
        ["at impossible"] = item => item["at"] = new() { N = "99999999999999999" },
        ["messages negative"] = item => item["messages"] = new() { N = "-1" },
        ["hash missing"] = item => item.Remove("hash"),
        ["chain is text"] = item => item["chain"] = new("x"),
        ["keyframe is text"] = item => item["keyframe"] = new("yes"),
        ["rewritten is a flag"] = item => item["rewritten"] = new() { BOOL = true },
        ["body missing"] = item => item.Remove("body"),
        ["body is a number"] = item => item["body"] = new() { N = "1" },
        ["chunk missing"] = item => (item["upload"], item["chunk"], item["chunks"]) = (new("none"), new() { N = "0" }, new() { N = "1" }),
    };

    [Fact]
    public async Task Entries_AroundADamagedOne_AreRead()
    {
        await using var table = await OwnTable.CreateAsync();
        using var client = await SharedServer.ClientAsync();
        foreach (var (name, damage) in Damages)
        {
            var thread = new ThreadWriter(ThreadKey.Of("acme", name));
            await thread.AppendManyAsync(table.Log, 6);
            var item = (await table.ScanAsync()).Single(item => item["pk"].S.EndsWith("\t" + name, StringComparison.Ordinal) && item["sk"].S == Crashes.Sort(thread, 4));
            damage(item);
            await client.PutItemAsync(table.Name, item);

            await ExpectAsync(new() { Key = thread.Key }, [1, 2, 3]);
            await ExpectAsync(new() { Key = thread.Key, Direction = ReadDirection.Backward }, [6, 5]);
            (await table.Log.ReadAsync(thread.Key, 5).Select(entry => entry.Version).ToListAsync()).ShouldBe([5, 6], name);
            (await table.Log.ReadAsync(thread.Key, 1, 3).CountAsync()).ShouldBe(3, name);
            (await Should.ThrowAsync<CorruptStateException>(async () => await table.Log.ReadTailAsync(thread.Key), name)).Version.ShouldBe(4, name);

            async Task ExpectAsync(ReadRequest request, long[] before)
            {
                var read = new List<long>();
                var error = await Should.ThrowAsync<CorruptStateException>(
                    async () =>
                    {
                        await foreach (var entry in table.Log.ReadAsync(request))
                        {
                            read.Add(entry.Version);
                        }
                    },
                    name);
                (error.Key, error.Version).ShouldBe((thread.Key, 4), name);
                read.ToArray().ShouldBe(before, name);
            }
        }
    }
}
