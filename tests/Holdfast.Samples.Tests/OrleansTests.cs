using System.Net;
using System.Net.Sockets;

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

    private Task<string> RunAsync(params string[] arguments) => _sample.RunAsync([.. arguments, "--port", $"{FreePort()}"]);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
