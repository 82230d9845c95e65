namespace Holdfast.Samples.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("DurableSteps")]
    [InlineData("LongTask", "later")]
    [InlineData("Preferences", "ann")]
    [InlineData("Refund", "agent", "1001", "much")]
    public async Task WrongArguments_AreAnswered_WithHowToUseTheSample(string name, params string[] arguments)
    {
        using var sample = new SampleProgram(name);

        await using var run = sample.Start(arguments);

        (await run.EndAsync(fails: true)).ShouldStartWith($"Usage: {name} ");
    }
}
