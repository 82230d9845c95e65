namespace Holdfast.Samples.Tests;

public sealed class HandOffTests : IDisposable
{
    private readonly SampleProgram _sample = new("HandOff");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task TheAgentThatTookOver_IsInChargeInTheNextProcess()
    {
        (await _sample.RunAsync("Hello")).ShouldBe("triage: What is it about?");
        (await _sample.RunAsync("I was charged twice")).ShouldStartWith("billing: I am sorry. You get it back.");
        var last = await _sample.RunAsync("Thank you");
        last.ShouldStartWith("billing: You are welcome.");
        last.ShouldContain("it is about money");
    }
}
