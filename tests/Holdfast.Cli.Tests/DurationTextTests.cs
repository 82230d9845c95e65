namespace Holdfast.Cli.Tests;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("2h", 7200)]
    [InlineData("7d", 604800)]
    [InlineData("2w", 1209600)]
    [InlineData("1d12h", 129600)]
    [InlineData(" 2H ", 7200)]
    [InlineData("007m", 420)]
    public void TryParse_ADuration_ReadsIt(string text, long seconds)
    {
        DurationText.TryParse(text, out var duration, out var problem).ShouldBeTrue(problem);
        duration.ShouldBe(TimeSpan.FromSeconds(seconds));
        problem.ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("2")]
    [InlineData("h")]
    [InlineData("-2h")]
    [InlineData("2.5h")]
    [InlineData("2 h")]
    [InlineData("2y")]
    [InlineData("2h3")]
    [InlineData("0s")]
    [InlineData("0h0m")]
    [InlineData("99999999999999s")]
    [InlineData("999999999999d")]
    [InlineData("٢h")]
    public void TryParse_AnythingElse_SaysWhatIsWrong(string text)
    {
        DurationText.TryParse(text, out _, out var problem).ShouldBeFalse();
        problem.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData(-5, "0 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(7200, "2 h")]
    [InlineData(86400, "24 h")]
    [InlineData(172800, "2 d")]
    public void Rough_AnyDuration_UsesTheLargestFittingUnit(double seconds, string expected)
        => DurationText.Rough(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);
}
