namespace Holdfast.Samples.Tests;

public sealed class DurableStepsTests : IDisposable
{
    private readonly SampleProgram _sample = new("DurableSteps");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task StepsOfAJobThatCrashed_AreDoneOnce_AndTold()
    {
        await using (var crash = _sample.Start("1001", "crash"))
        {
            await crash.EndAsync(fails: true);
        }

        var second = await _sample.RunAsync("1001");
        var third = await _sample.RunAsync("1001");

        File.ReadAllLines(_sample.PathOf("shop.txt")).Select(line => line.Split(' ')[1]).ShouldBe(["charged", "shipped", "mailed"]);
        second.ShouldContain("charge: Completed");
        third.ShouldContain("mail: Completed");

        // What the exporters wrote: the activities of the job, and its metrics.
        second.ShouldContain("holdfast.turn");
        second.ShouldContain("holdfast.step.name: charge");
        second.ShouldContain("holdfast.step.duration");
        second.ShouldContain("holdfast.commit.size");
        third.ShouldNotContain("holdfast.step.name");
    }
}
