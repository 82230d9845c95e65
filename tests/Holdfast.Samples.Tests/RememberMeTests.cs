namespace Holdfast.Samples.Tests;

public sealed class RememberMeTests : IDisposable
{
    private readonly SampleProgram _sample = new("RememberMe");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task ANameThatWasTold_IsKnownToTheNextProcess()
    {
        (await _sample.RunAsync()).ShouldBe("Hello! What is your name?");
        (await _sample.RunAsync("My name is John")).ShouldBe("Hello, John!");
        (await _sample.RunAsync("What is my name?")).ShouldBe("Your name is John.");
    }
}
