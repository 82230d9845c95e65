using Holdfast.Servers;

namespace Holdfast.Samples.Tests;

public sealed class OrleansTests : IDisposable
{
    private readonly SampleProgram _sample = new("Orleans", "OrleansSample");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task AGrain_HasItsStateInTheNextSilo()
    {
        (await RunAsync("--add", "milk")).ShouldStartWith("milk");
        var second = (await RunAsync("--add", "bread")).Split(Environment.NewLine);

        second[0].ShouldBe("milk, bread");
        second[1].ShouldContain("version 2: orleans/Items");
        (await RunAsync()).ShouldStartWith("milk, bread");
    }

    private Task<string> RunAsync(params string[] arguments) => _sample.RunAsync([.. arguments, "--port", $"{Ports.Take()}"]);
}
