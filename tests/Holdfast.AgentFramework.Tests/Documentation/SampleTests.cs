using Holdfast.AgentFramework.Tests.Support;

namespace Holdfast.AgentFramework.Tests.Documentation;

/// <summary>The sample, each time in a process of its own.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-sample-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ItRemembers_Asks_AndPaysOnce()
    {
        (await RunAsync("My name is John")).ShouldBe("Hello!");
        (await RunAsync("Refund 20")).ShouldEndWith("May I call refund? Run this with 'approve'.");
        var paid = await RunAsync("approve");
        paid.ShouldStartWith("(pays 20");
        paid.ShouldEndWith("It is done: paid 20.");
        (await RunAsync("approve")).ShouldBe("It is done: paid 20.");
        (await RunAsync("What is my name?")).ShouldBe("Your name is John.");
    }

    private Task<string> RunAsync(string argument) => ChildProgram.RunAsync(Path.Combine(AppContext.BaseDirectory, "sample", "AgentFramework.dll"), _directory, argument);
}
