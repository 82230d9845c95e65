using Holdfast.Redis.Keys;

namespace Holdfast.Redis.Tests;

public sealed class KeysTests
{
    private static readonly string[] Texts =
        ["a", "b", "a:b", ":", "::", "{", "}", "{}", "{a}", "}{", "%", "%7B", "%7D", "%3A", "%25", "%257B", "a}b{c", "🦑", " ", "a b", "index", "t:", ":head", "}:head", "*", "[a]", "\\"];

    private readonly RedisKeys _keys = new("holdfast:");

    [Fact]
    public void Keys_OfDifferentThreads_Differ()
    {
        var keys = Threads().ToList();

        keys.Select(key => (string?)_keys.Head(key)).ShouldBeUnique();
        keys.SelectMany(key => new[] { (string?)_keys.Head(key), (string?)_keys.Log(key) }).ShouldBeUnique();
        Texts.Append("").Select(tenant => (string?)_keys.Index(tenant)).ShouldBeUnique();
    }

    [Fact]
    public void Keys_OfAThread_AreInOneSlot()
    {
        foreach (var key in Threads())
        {
            var (head, log, copy) = (HashTag((string)_keys.Head(key)!), HashTag((string)_keys.Log(key)!), HashTag((string)_keys.Copy(key, Guid.NewGuid())!));
            head.ShouldNotBeEmpty();
            log.ShouldBe(head);
            copy.ShouldBe(head);
        }
    }

    [Fact]
    public void ReadHead_OfAHead_FindsItsThread()
    {
        foreach (var key in Threads())
        {
            _keys.ReadHead((string)_keys.Head(key)!).ShouldBe(key);
        }
    }

    [Theory]
    [InlineData("holdfast:{a}:head")]
    [InlineData("holdfast:{:a}:log")]
    [InlineData("other:{:a}:head")]
    [InlineData("holdfast:{:}:head")]
    [InlineData("holdfast:{:%41}:head")]
    [InlineData("holdfast:{:a{b}:head")]
    [InlineData("holdfast:{:%2}:head")]
    [InlineData("holdfast:{}:head")]
    [InlineData("holdfast:head")]
    [InlineData("")]
    public void ReadHead_OfAnotherKey_FindsNone(string name) => _keys.ReadHead(name).ShouldBeNull();

    [Fact]
    public void HeadPattern_OfAPrefixLikeAPattern_MatchesThatPrefixOnly()
        => new RedisKeys("a*[b]?\\^-:").HeadPattern.ShouldBe("a\\*\\[b\\]\\?\\\\\\^\\-:{*}:head");

    private static IEnumerable<ThreadKey> Threads() => from tenant in Texts.Append("") from id in Texts select ThreadKey.Of(tenant, id);

    // What a cluster places a key by.
    private static string HashTag(string key)
    {
        var open = key.IndexOf('{', StringComparison.Ordinal);
        return key[(open + 1)..key.IndexOf('}', open)];
    }
}
