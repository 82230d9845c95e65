namespace Holdfast.Samples.Tests;

public sealed class LongTaskTests : IDisposable
{
    private readonly SampleProgram _sample = new("LongTask");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task ATaskWhoseProcessIsKilled_GoesOnAfterTheLastStep()
    {
        await using (var run = _sample.Start("200"))
        {
            await run.SeesAsync("Translate chapter 3:");
            await run.KillAsync();
        }

        var done = await StatusAsync();
        done.ShouldBeGreaterThanOrEqualTo(3);
        var rest = (await _sample.RunAsync("20")).Split(Environment.NewLine);

        rest.ShouldBe([$"{10 - done} of 10 steps are left.", .. Enumerable.Range(done + 1, 10 - done).Select(chapter => $"Translate chapter {chapter}: Kapitel {chapter}"), "Done."]);
        (await _sample.RunAsync("20")).ShouldEndWith("Done.");
    }

    [Fact]
    public async Task ATaskThatIsPaused_StopsAfterItsStep_AndGoesOnWhenItIsRunAgain()
    {
        // Fifty seconds in which somebody can ask it to pause.
        await using var run = _sample.Start("5000");
        await run.SeesAsync("10 of 10 steps are left.");

        await _sample.RunAsync("pause");

        (await run.EndAsync()).ShouldEndWith("Paused. Run it again to go on.");
        (await StatusAsync()).ShouldBeLessThan(10);
        (await _sample.RunAsync("20")).ShouldEndWith("Done.");
        (await StatusAsync()).ShouldBe(10);
    }

    private async Task<int> StatusAsync() => (await _sample.RunAsync("status")).Split(Environment.NewLine).Count(line => line.EndsWith(": Completed", StringComparison.Ordinal));
}
