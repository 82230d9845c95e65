using Holdfast.Redis.Keys;

namespace Holdfast.Redis.Tests;

public sealed class KeysTests
{
    private static readonly string[] Texts =
        ["a", "b", "a:b", ":", "::", "{", "}", "{}", "{a}", "}{", "%", "%7B", "%7D", "%3A", "%25", "%257B", "a}b{c", "🦑", " ", "a b", "index", "t:", ":head", "}:head", "*", "[a]", "\\", "/", "users/", "users/:a", "~", "a~0198c0de01987c0d8198c0de0198c0de"];

    private readonly RedisKeys _keys = new("holdfast:");

    [Fact]
    public void Keys_OfDifferentThreads_Differ()
    {
        Threads().SelectMany(_keys.Whole).Select(name => (string?)name).ShouldBeUnique();
        (from space in ThreadSpaceNames.All from tenant in Texts.Append("") select (string?)_keys.Index(new(space, tenant))).ShouldBeUnique();
        ThreadSpaceNames.All.Select(space => (string?)_keys.Tenants(space)).ShouldBeUnique();
    }

    [Fact]
    public void Keys_OfAThread_AreInOneSlot()
    {
        foreach (var key in Threads())
        {
            var slots = _keys.Whole(key).Append(_keys.Copy(key, Guid.NewGuid())).Select(name => HashTag((string)name!)).Distinct();
            slots.ShouldHaveSingleItem().ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void Keys_OfATrunk_AreInTheSlotOfTheThreadThatItWas()
    {
        foreach (var key in Threads().Where(key => key.Space == ThreadSpace.Threads))
        {
            HashTag((string)_keys.Head(ThreadKey.Trunk(key, CommitId.New(TimeProvider.System)))!).ShouldBe(HashTag((string)_keys.Head(key)!));
        }
    }

    [Fact]
    public void ReadThread_OfAKeyOfAThread_FindsIt()
    {
        foreach (var key in Threads())
        {
            _keys.ReadHead((string)_keys.Head(key)!).ShouldBe(key);
            _keys.Whole(key).ShouldAllBe(name => _keys.ReadThread((string)name!) == key);
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
    [InlineData("holdfast:{threads/:a}:head")]
    [InlineData("holdfast:{other/:a}:head")]
    [InlineData("holdfast:{trunks/:a}:head")]
    [InlineData("holdfast:{:a}~:head")]
    [InlineData("holdfast:{:a}~0198c0de:head")]
    [InlineData("holdfast:{users/:a}~0198c0de0198c0de0198c0de0198c0de:head")]
    [InlineData("holdfast:{:a}~0198C0DE0198c0de0198c0de0198c0de:head")]
    [InlineData("holdfast:{:a}")]
    [InlineData("holdfast:head")]
    [InlineData("")]
    public void ReadHead_OfAnotherKey_FindsNone(string name) => _keys.ReadHead(name).ShouldBeNull();

    [Fact]
    public void HeadPattern_OfAPrefixLikeAPattern_MatchesThatPrefixOnly()
        => new RedisKeys("a*[b]?\\^-:").HeadPattern.ShouldBe("a\\*\\[b\\]\\?\\\\\\^\\-:{*:head");

    private static IEnumerable<ThreadKey> Threads()
    {
        var life = new CommitId(Guid.Parse("0198c0de-0198-7c0d-8198-c0de0198c0de"));
        foreach (var (tenant, id) in from tenant in Texts.Append("") from id in Texts select (tenant, id))
        {
            yield return ThreadKey.Of(tenant, id);
            yield return ThreadKey.Of(ThreadSpace.Users, tenant, id);
            yield return ThreadKey.Trunk(ThreadKey.Of(tenant, id), life);
        }
    }

    // What a cluster places a key by.
    private static string HashTag(string key)
    {
        var open = key.IndexOf('{', StringComparison.Ordinal);
        return key[(open + 1)..key.IndexOf('}', open)];
    }
}
