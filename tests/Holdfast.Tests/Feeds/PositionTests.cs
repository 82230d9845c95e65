namespace Holdfast.Tests.Feeds;

/// <summary>Positions as text: whoever is handed one back from outside can rely on what is read.</summary>
public sealed class PositionTests
{
    public static TheoryData<string> Hostile =>
    [
        "", "-", "--", "7", "7-01934b2c7d5e7abc8def000000000001", "7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6-1", "-7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6",
        "+7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6", "07-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6", " 7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6",
        "7-01934B2C7D5E7ABC8DEF000000000001-35aece7a78503ce6", "7-01934b2c7d5e7abc8def000000000001-35aece", "7-01934b2c7d5e7abc8def000000000001-35AECE7A78503CE6",
        "99999999999999999999-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6", "7-01934b2c7d5e7abc8def00000000000g-35aece7a78503ce6", "7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6\n",
        "\u0667-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6", new string('-', 100_000), new string('9', 100_000),
    ];

    [Theory, MemberData(nameof(Hostile))]
    public void ThreadPosition_FromTextThatItIsNot_IsRefused(string text)
    {
        ThreadPosition.TryParse(text, out _).ShouldBeFalse();
        var error = Should.Throw<InvalidIdentifierException>(() => ThreadPosition.Parse(text));
        error.Message.Length.ShouldBeLessThan(300);
    }

    [Fact]
    public void ThreadPosition_AsText_ComesBack()
    {
        var position = new ThreadPosition(7, new(Guid.Parse("01934b2c-7d5e-7abc-8def-000000000001")), 0x35aece7a78503ce6);

        position.ToString().ShouldBe("7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6");
        ThreadPosition.Parse(position.ToString()).ShouldBe(position);
        ThreadPosition.Parse(ThreadPosition.Beginning.ToString()).ShouldBe(ThreadPosition.Beginning);
        ThreadPosition.TryParse(null, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(""), InlineData("c1"), InlineData("c1-"), InlineData("c1-1"), InlineData("c1-1-2-3"), InlineData("c2-1-2"), InlineData("c1-01-2"), InlineData("c1--1-2"), InlineData("c1-1-99999999999999999")]
    public void ChangesPosition_FromTextThatItIsNot_IsRefused(string text)
    {
        ChangesPosition.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<InvalidIdentifierException>(() => ChangesPosition.Parse(text));
    }

    [Fact]
    public void ChangesPosition_AsText_ComesBack()
    {
        ChangesPosition.Parse("c1-1763706000000-1763705000000").ToString().ShouldBe("c1-1763706000000-1763705000000");
        ChangesPosition.Parse(ChangesPosition.Beginning.ToString()).ShouldBe(ChangesPosition.Beginning);
    }
}
