using System.Net;
using Holdfast.Redis.Connecting;

namespace Holdfast.Redis.Tests;

public sealed class OptionsTests
{
    private const string Secret = "s3cret";

    [Fact]
    public void FromUrl_WithEverything_ReadsIt()
    {
        var options = RedisLogOptions.FromUrl("rediss://default:p%40ss%2Cword%3A%2F@redis.example.org:6380/3?prefix=agents%3A&timeout=2.5");

        options.Parsed!.EndPoints.ShouldBe([new DnsEndPoint("redis.example.org", 6380)]);
        options.Parsed.Password.ShouldBe("p@ss,word:/");
        options.Parsed.Ssl.ShouldBeTrue();
        options.Database.ShouldBe(3);
        options.KeyPrefix.ShouldBe("agents:");
        options.CommandTimeout.ShouldBe(TimeSpan.FromSeconds(2.5));
    }

    [Theory]
    [InlineData("redis://localhost", "localhost:6379")]
    [InlineData("redis://localhost/", "localhost:6379")]
    [InlineData("redis://:secret@localhost:7000", "localhost:7000")]
    [InlineData("redis://a:1,b:2,c", "a:1,b:2,c:6379")]
    [InlineData("redis://127.0.0.1:7000", "127.0.0.1:7000")]
    [InlineData("redis://[::1]:7000", "[::1]:7000")]
    [InlineData("redis://[::1]", "[::1]:6379")]
    [InlineData("valkey://a:1,b", "a:1,b:6379")]
    public void FromUrl_NamesTheServers(string url, string expected)
        => string.Join(',', RedisLogOptions.FromUrl(url).Parsed!.EndPoints.Select(RedisServers.NameOf)).ShouldBe(expected);

    [Theory]
    [InlineData("http://localhost")]
    [InlineData("localhost:6379")]
    [InlineData("redis://")]
    [InlineData("redis:///0")]
    [InlineData("redis://localhost:port")]
    [InlineData("redis://localhost:0")]
    [InlineData("redis://localhost:65536")]
    [InlineData("redis://localhost/one")]
    [InlineData("redis://localhost?colour=red")]
    [InlineData("redis://localhost?timeout=soon")]
    [InlineData($"redis://:{Secret}@localhost:{Secret}")]
    public void FromUrl_OfWhatItCannotBe_ThrowsWithoutTheSecret(string url)
        => Should.Throw<StateConfigurationException>(() => RedisLogOptions.FromUrl(url)).ToString().ShouldNotContain(Secret);

    [Theory]
    [InlineData("redis://localhost", false)]
    [InlineData("rediss://localhost", true)]
    [InlineData("valkey://localhost", false)]
    [InlineData("valkeys://localhost", true)]
    public void FromUrl_KnowsTheSchemesWithTls(string url, bool expected) => RedisLogOptions.FromUrl(url).Parsed!.Ssl.ShouldBe(expected);

    [Theory]
    [InlineData("redis://localhost", null, null)]
    [InlineData("redis://:s%40@localhost", null, "s@")]
    [InlineData("redis://default:s@localhost", null, "s")]
    [InlineData("redis://ann@localhost", "ann", null)]
    [InlineData("redis://a%2Cn%3Dn:s@localhost", "a,n=n", "s")]
    public void FromUrl_ReadsTheUser(string url, string? user, string? password)
        => (RedisLogOptions.FromUrl(url).Parsed!.User, RedisLogOptions.FromUrl(url).Parsed!.Password).ShouldBe((user, password));

    [Fact]
    public void Options_WithoutAServer_AreRefused() => Refuse(new());

    [Fact]
    public void Options_OutOfTheirRange_AreRefused()
    {
        Refuse(new() { Configuration = "" });
        Refuse(new() { Configuration = "redis://localhost" });
        Refuse(new() { Configuration = "localhost", KeyPrefix = "{a}:" });
        Refuse(new() { Configuration = "localhost", KeyPrefix = new string('x', 201) });
        Refuse(new() { Configuration = "localhost", Database = -1 });
        Refuse(new() { Configuration = "localhost", CommandTimeout = TimeSpan.Zero });
        Refuse(new() { Configuration = "localhost", CommandTimeout = TimeSpan.FromHours(2) });
    }

    [Theory]
    [InlineData($"localhost,password={Secret},colour=red")]
    [InlineData($"localhost,password={Secret},connectTimeout=soon")]
    public void Configuration_ThatCannotBeRead_IsRefusedWithoutTheSecret(string configuration)
        => Should.Throw<StateConfigurationException>(() => new RedisCommitLog(new() { Configuration = configuration })).ToString().ShouldNotContain(Secret);

    [Fact]
    public async Task Description_NamesTheServerAndNeverTheSecret()
    {
        var options = new RedisLogOptions { Configuration = $"one:1,two:2,password={Secret},defaultDatabase=4", KeyPrefix = "agents:" };
        await using var log = new RedisCommitLog(options);

        log.Description.ShouldBe("redis one:1,two:2, database 4, keys agents:*");
        log.ToString()!.ShouldNotContain(Secret);
        options.ToString()!.ShouldNotContain(Secret);
    }

    private static void Refuse(RedisLogOptions options) => Should.Throw<StateConfigurationException>(() => new RedisCommitLog(options));
}
