namespace Holdfast.Tests.TimeMachine;

public sealed class ThreadPointTests
{
    [Theory]
    [InlineData("12")]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("newest")]
    [InlineData("label:before refund")]
    [InlineData("label:12")]
    [InlineData("label:-3")]
    [InlineData("label:label:x")]
    [InlineData("label:2026-11-28T10:00Z")]
    [InlineData("2026-11-28T10:00:00Z")]
    [InlineData("2026-11-28T10:00:00.123Z")]
    public void Text_OfAPoint_IsReadAsThatPoint(string text)
    {
        ThreadPoint.TryParse(text, out var point).ShouldBeTrue();
        point.ToString().ShouldBe(text);
        ThreadPoint.Parse(text).ShouldBe(point);
    }

    [Fact]
    public void Text_SaysWhatIsMeant()
    {
        ThreadPoint.Parse("12").ShouldBe(ThreadPoint.AtVersion(12));
        ThreadPoint.Parse("12").ShouldBe(12);
        ThreadPoint.Parse("-3").ShouldBe(ThreadPoint.Back(3));
        ThreadPoint.Parse("-0").ShouldBe(ThreadPoint.Newest);
        ThreadPoint.Parse("label:12").ShouldBe(ThreadPoint.AtLabel("12"));
        ThreadPoint.Parse("2026-11-28T10:00Z").ShouldBe(ThreadPoint.AtTime(new(2026, 11, 28, 10, 0, 0, TimeSpan.Zero)));
        ThreadPoint.Parse("2026-11-28T11:30:15+01:30").ShouldBe(ThreadPoint.AtTime(new(2026, 11, 28, 10, 0, 15, TimeSpan.Zero)));
        ThreadPoint.Parse("2026-11-28T08:00-02:00").Time.ShouldBe(new DateTimeOffset(2026, 11, 28, 10, 0, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("-")]
    [InlineData("--3")]
    [InlineData("+3")]
    [InlineData("1.5")]
    [InlineData("1,000")]
    [InlineData(" 12")]
    [InlineData("99999999999999999999")]
    [InlineData("Newest")]
    [InlineData("before refund")]
    [InlineData("label:")]
    [InlineData("label:a\nb")]
    [InlineData("2026-11-28")]
    [InlineData("2026-11-28T10:00")]
    [InlineData("2026-11-28 10:00Z")]
    [InlineData("2026-13-28T10:00Z")]
    public void Text_ThatIsAmbiguousOrWrong_IsRefused(string text)
    {
        ThreadPoint.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => ThreadPoint.Parse(text)).Message.ShouldContain("label:NAME");
    }

    [Fact]
    public void TryParse_NothingOrHalfACharacter_IsFalse()
    {
        ThreadPoint.TryParse(null, out _).ShouldBeFalse();
        ThreadPoint.TryParse("label:\ud800", out _).ShouldBeFalse();
    }

    [Fact]
    public void Default_IsTheNewestVersion()
    {
        default(ThreadPoint).ShouldBe(ThreadPoint.Newest);
        (ThreadPoint.Newest.StepsBack, ThreadPoint.Newest.Version, ThreadPoint.Newest.Label, ThreadPoint.Newest.Time).ShouldBe((0, null, null, null));
        ThreadPoint.AtVersion(0).ShouldNotBe(ThreadPoint.Newest);
        ThreadPoint.AtVersion(0).StepsBack.ShouldBeNull();
    }

    [Fact]
    public void Points_ThatCannotBe_AreWrongArguments()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => ThreadPoint.AtVersion(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => (ThreadPoint)(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => ThreadPoint.Back(-1));
        Should.Throw<InvalidIdentifierException>(() => ThreadPoint.AtLabel(""));
        Should.Throw<InvalidIdentifierException>(() => ThreadPoint.AtLabel("a\0b"));
        Should.Throw<InvalidIdentifierException>(() => ThreadPoint.AtLabel(new string('é', 65)));
        ThreadPoint.AtLabel(new string('é', 64)).Label!.Length.ShouldBe(64);
    }
}
