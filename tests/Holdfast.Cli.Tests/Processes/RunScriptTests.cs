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

    // The real script on a project of its own, which prints its arguments: to build the tool itself once more would take minutes.
    [Fact]
    public async Task RunScript_WhenItBuilds_SaysSoOnStderrOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no shell for it.");
        File.Copy(Script(), _directory["run.sh"]);
        var project = Directory.CreateDirectory(_directory["src/Holdfast.Cli"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(project, "Holdfast.Cli.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>
            """);
        var program = Path.Combine(project, "Program.cs");
        await File.WriteAllTextAsync(program, "System.Console.WriteLine(string.Join('+', args));");

        var first = await RunAsync("threads", "--json");
        first.ShouldExitWith(0).Output.ShouldBe("threads+--json\n");
        first.Error.ShouldStartWith("run.sh: building (first run) …");

        var second = await RunAsync();
        second.ShouldExitWith(0).Output.ShouldBe("chat\n");
        second.Error.ShouldBeEmpty();

        await File.WriteAllTextAsync(program, "this is no program");
        File.SetLastWriteTimeUtc(program, File.GetLastWriteTimeUtc(program).AddSeconds(10));
        var broken = await RunAsync();
        broken.ShouldExitWith(1).Output.ShouldBeEmpty();
        broken.Error.ShouldStartWith("run.sh: building (the sources have changed) …");
        broken.Error.ShouldContain("error CS");
        broken.Error.ShouldEndWith("run.sh: the build failed.\n");
    }

    private async Task<ToolResult> RunAsync(params string[] args)
    {
        var start = new ProcessStartInfo("/bin/sh", [_directory["run.sh"], .. args]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        using var script = Process.Start(start)!;
        var error = script.StandardError.ReadToEndAsync();
        var output = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        return new(script.ExitCode, output, await error);
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
