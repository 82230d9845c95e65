using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Holdfast.Cli.Tests.Processes;

public sealed class RunScriptTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task RunScript_WithoutDotnet_SaysWhatIsMissing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no shell for it.");
        var start = new ProcessStartInfo("/bin/sh", [Script()]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = PathWithoutDotnet();
        start.Environment["HOME"] = _directory.Path;
        start.Environment.Remove("DOTNET_ROOT");

        using var script = Process.Start(start)!;
        var error = await script.StandardError.ReadToEndAsync();

        (await script.StandardOutput.ReadToEndAsync()).ShouldBeEmpty();
        await script.WaitForExitAsync();
        script.ExitCode.ShouldBe(1);
        error.ShouldContain(".NET SDK 10.0 is needed");
    }

    // The few programs that the script needs before it looks for dotnet, which may be in the same directory as they.
    private string PathWithoutDotnet()
    {
        var path = Directory.CreateDirectory(_directory["bin"]).FullName;
        foreach (var name in new[] { "dirname" })
        {
            var program = new[] { "/usr/bin", "/bin" }.Select(directory => Path.Combine(directory, name)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(path, name), program);
        }

        return path;
    }

    private static string Script([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../run.sh"));
}
