using System.Security.Cryptography;
using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Commits;

public sealed class ChainHashTests
{
    [Fact]
    public void Next_IsTheDigestOfWhatTheFormatSays()
    {
        var id = CommitId.Parse("01934b2c-7d5e-7abc-8def-0123456789ab");
        var previous = Digest.Compute("previous"u8);
        var body = Digest.Compute("body"u8);
        byte[] input = [.. previous.ToByteArray(), 0, 0, 0, 0, 0, 0, 1, 2, .. Convert.FromHexString("01934b2c7d5e7abc8def0123456789ab"), .. body.ToByteArray()];

        ChainHash.Next(previous, 258, id, body).ToString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(input)));
        ChainHash.Start.ToString().ShouldBe(new string('0', 64));
    }

    [Fact]
    public async Task Heads_HoldTheChainOfTheirEntries()
    {
        var test = new TestStore();
        for (var i = 0; i < 5; i++)
        {
            await test.CommitAsync("a", session => session.Say("x"));
        }

        var chain = (await test.EntriesAsync("a")).Aggregate(ChainHash.Start, ChainHash.Next);

        (await test.Memory.GetHeadAsync(ThreadKey.Of("a")))!.ChainHash.ShouldBe(chain);
    }

    [Fact]
    public void Digest_Texts_RoundTripAndNonsenseIsRefused()
    {
        var digest = Digest.Compute("x"u8);

        Digest.Parse(digest.ToString()).ShouldBe(digest);
        Digest.Parse(digest.ToString().ToUpperInvariant()).ShouldBe(digest);
        Digest.FromBytes(digest.ToByteArray()).ShouldBe(digest);
        Should.Throw<FormatException>(() => Digest.Parse("00"));
        Should.Throw<FormatException>(() => Digest.Parse(new string('x', 64)));
        Should.Throw<ArgumentException>(() => Digest.FromBytes(new byte[31]));
    }

    [Fact]
    public void CommitIds_AreOrderedByTimeAndRoundTrip()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        var first = CommitId.New(clock);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var second = CommitId.New(clock);

        string.CompareOrdinal(first.ToString(), second.ToString()).ShouldBeLessThan(0);
        CommitId.Parse(first.ToString()).ShouldBe(first);
        CommitId.FromBytes(first.ToByteArray()).ShouldBe(first);
        Should.Throw<FormatException>(() => CommitId.Parse("nonsense"));
    }
}
