namespace Holdfast.Samples.Tests;

public sealed class LongTaskTests : IDisposable
{
    private readonly SampleProgram _sample = new("LongTask");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task ATaskWhoseProcessIsKilled_GoesOnAfterTheLastStep()
    {
        await using (var run = _sample.Start("20"))
        {
            await run.SeesAsync("Translate chapter 3:");
            await run.KillAsync();
        }

        var done = await StatusAsync();
        done.ShouldBeGreaterThanOrEqualTo(3);
        var rest = (await _sample.RunAsync("20")).Split(Environment.NewLine);

        rest[0].ShouldStartWith($"Translate chapter {done + 1}:");
        rest.Length.ShouldBe(10 - done + 1);
        rest[^1].ShouldBe("Done.");
        (await _sample.RunAsync("20")).ShouldBe("Done.");
    }

    [Fact]
    public async Task ATaskThatIsPaused_StopsAfterItsStep_AndGoesOnWhenItIsRunAgain()
    {
        await using var run = _sample.Start("300");
        await run.SeesAsync("Translate chapter 1:");

        await _sample.RunAsync("pause");

        (await run.EndAsync()).ShouldEndWith("Paused. Run it again to go on.");
        (await StatusAsync()).ShouldBeLessThan(10);
        (await _sample.RunAsync("20")).ShouldEndWith("Done.");
        (await StatusAsync()).ShouldBe(10);
    }

    private async Task<int> StatusAsync() => (await _sample.RunAsync("status")).Split(Environment.NewLine).Count(line => line.EndsWith(": Completed", StringComparison.Ordinal));
}
