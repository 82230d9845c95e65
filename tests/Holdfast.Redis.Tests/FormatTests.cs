using System.Globalization;
using System.Text;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>What is stored is a contract: <c>Fixtures/format-1.txt</c> has the commands, as redis-cli takes them, that make a store as released versions write it.</summary>
public sealed class FormatTests : RedisLogTest
{
    private const string Usual = "holdfast:";

    private static string Fixture { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "format-1.txt");

    [Fact]
    public async Task Store_ThatIsWritten_IsThatOfTheFixture()
    {
        await new FormatStore().WriteAsync(await OpenAsync(ServerKind.SingleServer));

        var written = await DumpAsync(await OpenRawAsync(ServerKind.SingleServer));

        if (Environment.GetEnvironmentVariable("HOLDFAST_WRITE_FIXTURE") is { Length: > 0 } file)
        {
            await File.WriteAllLinesAsync(file, written, Cancellation);
        }

        written.ShouldBe(await File.ReadAllLinesAsync(Fixture, Cancellation));
    }

    [Theory]
    [EachServer]
    public async Task Store_OfTheFixture_IsReadAndContinued(ServerKind kind)
    {
        var (log, raw, store) = (await OpenAsync(kind), await OpenRawAsync(kind), new FormatStore());
        await store.WriteAsync(null);
        foreach (var line in await File.ReadAllLinesAsync(Fixture, Cancellation))
        {
            var words = Parse(line);
            await raw.ExecuteAsync(words[0]!, [(RedisKey)(Prefix + ((string)words[1]!)[Usual.Length..]), .. words.Skip(2).Cast<object>()]);
        }

        foreach (var thread in store.Threads)
        {
            await ExpectAsync(log, thread);
            await thread.AppendAsync(log, new() { KeepExpiry = true }, Cancellation);
            await ExpectAsync(log, thread);
        }

        var due = new HeadQuery { Space = ThreadSpace.Threads, AsOf = default, DueBefore = store.Chat.Head!.ExpiresAt, Terms = ["interrupt:2"] };
        (await log.ListAsync(due, Cancellation)).Heads.ShouldHaveSingleItem().Key.ShouldBe(store.Chat.Key);
        foreach (var (space, expected) in ((ThreadSpace, ThreadKey[])[])[(ThreadSpace.Threads, [store.Chat.Key, store.Odd.Key]), (ThreadSpace.Users, [store.User.Key]), (ThreadSpace.Trunks, [store.Gone.Key])])
        {
            var page = await log.ListAsync(new() { Space = space, Tenant = null, AsOf = default, Filter = new() { Order = ThreadOrder.Id } }, Cancellation);
            page.Heads.Select(head => head.Key).ShouldBe(expected);
        }
    }

    private static async Task ExpectAsync(RedisCommitLog log, Testing.ThreadWriter thread)
    {
        var head = (await log.GetHeadAsync(new HeadRequest { Key = thread.Key, WithPins = true }, Cancellation)).ShouldNotBeNull();
        var expected = thread.Head!;
        head.Pins!.ShouldBe(thread.Pins, ignoreOrder: true);
        head.Properties.ShouldBe(expected.Properties);
        head.Terms.ShouldBe(expected.Terms);
        ThreadHead.IsSameMetadata(head.Metadata, expected.Metadata).ShouldBeTrue();
        (head with { Pins = null, Properties = expected.Properties, Terms = expected.Terms, Metadata = expected.Metadata }).ShouldBe(expected);
        var entries = await log.ReadAsync(thread.Key, cancellationToken: Cancellation).ToListAsync(Cancellation);
        entries.Select(entry => (entry with { Body = default }, Convert.ToHexString(entry.Body.Span)))
            .ShouldBe(thread.Entries.Select(entry => (entry with { Body = default }, Convert.ToHexString(entry.Body.Span))));
    }

    private async Task<List<string>> DumpAsync(IDatabase raw)
    {
        var lines = new List<string>();
        var server = raw.Multiplexer.GetServer((await SharedServers.Server).Address);
        foreach (var key in server.Keys(0, Prefix + "*").Select(key => (string)key!).Order(StringComparer.Ordinal))
        {
            foreach (var command in await CommandsAsync(raw, key))
            {
                lines.Add(string.Join(' ', command.Take(1).Select(word => (string)word!).Concat(command.Skip(1).Select(Quote))).Replace(Prefix, Usual, StringComparison.Ordinal));
            }
        }

        return lines;
    }

    private static async Task<IEnumerable<RedisValue[]>> CommandsAsync(IDatabase raw, string key)
    {
        IEnumerable<RedisValue[]> commands = await raw.KeyTypeAsync(key) switch
        {
            RedisType.Hash => (await raw.HashGetAllAsync(key)).OrderBy(field => Quote(field.Name), StringComparer.Ordinal).Select(field => (RedisValue[])["HSET", key, field.Name, field.Value]),
            RedisType.Stream => (await raw.StreamRangeAsync(key)).Select(entry => (RedisValue[])["XADD", key, entry.Id, .. entry.Values.SelectMany(pair => (RedisValue[])[pair.Name, pair.Value])]),
            _ => (await raw.SortedSetRangeByRankWithScoresAsync(key)).Select(member => (RedisValue[])["ZADD", key, member.Score.ToString(CultureInfo.InvariantCulture), member.Element]),
        };
        var expires = (long)await raw.ExecuteAsync("PEXPIRETIME", key);
        return expires < 0 ? commands : commands.Append(["PEXPIREAT", key, expires]);
    }

    private static string Quote(RedisValue value)
    {
        var text = new StringBuilder("\"");
        foreach (var b in (byte[])value!)
        {
            text.Append(b is < 0x20 or > 0x7e or (byte)'"' or (byte)'\\' ? $"\\x{b:x2}" : ((char)b).ToString());
        }

        return text.Append('"').ToString();
    }

    private static List<RedisValue> Parse(string line)
    {
        var words = new List<RedisValue> { line[..line.IndexOf(' ', StringComparison.Ordinal)] };
        foreach (var quoted in line[(((string)words[0]!).Length + 2)..^1].Split("\" \""))
        {
            var bytes = new List<byte>();
            for (var i = 0; i < quoted.Length; i++)
            {
                bytes.Add(quoted[i] == '\\' ? byte.Parse(quoted.AsSpan((i += 3) - 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : (byte)quoted[i]);
            }

            words.Add(bytes.ToArray());
        }

        return words;
    }
}
