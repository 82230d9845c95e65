using System.Runtime.InteropServices;

namespace Holdfast.Packaging.Tests;

/// <summary>The sample, compiled ahead of time into a native program. Warnings of the trimmer and of the native compiler are errors.</summary>
public sealed class NativeSample : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-native-").FullName;

    public static string Project { get; } = Path.Combine(Repository.Root, "samples", "AotAgent");

    public string Output => Path.Combine(_directory, "app");

    public string Store(string name) => Path.Combine(_directory, name);

    public async ValueTask InitializeAsync()
    {
        string[] compiler = Linker() is { } linker ? [$"-p:CppCompilerAndLinker={linker}"] : [];
        await Repository.RunAsync(
            Project, "dotnet",
            [
                "publish", "-c", "Release", "-v", "q", "-nologo", "-r", RuntimeInformation.RuntimeIdentifier, "-p:PublishAot=true", "-p:RunAnalyzers=false", .. compiler,
                "--artifacts-path", Path.Combine(_directory, "build"), "-o", Output,
            ]);
    }

    /// <summary>Runs the program in a process of its own.</summary>
    public async Task<string> RunAsync(params string[] arguments)
        => (await Repository.RunAsync(Output, Path.Combine(Output, OperatingSystem.IsWindows() ? "AotAgent.exe" : "AotAgent"), arguments)).Trim();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return default;
    }

    /// <summary>The name of the linker where it is not the usual one: Debian may have clang under its version only.</summary>
    private static string? Linker()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Directory.Exists).ToList();
        return !OperatingSystem.IsLinux() || paths.Exists(path => File.Exists(Path.Combine(path, "clang")))
            ? null
            : paths.SelectMany(path => Directory.EnumerateFiles(path, "clang-*")).Select(file => Path.GetFileName(file)).FirstOrDefault(name => int.TryParse(name["clang-".Length..], out _));
    }
}
