namespace Holdfast.Packaging.Tests;

/// <summary>A folder with a package of each shipped project, of a version that exists nowhere else.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    public string Version { get; } = $"0.0.1-test.{Guid.NewGuid():N}";

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("holdfast-feed-").FullName;

    /// <summary>The tool, as it was packed.</summary>
    public string Tool => Path.Combine(Directory, "artifacts", "bin", "Holdfast.Cli", "release", "Holdfast.Cli.dll");

    public static IEnumerable<string> Projects
        => System.IO.Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Where(path => File.Exists(Path.Combine(path, Path.GetFileName(path) + ".csproj")));

    public async ValueTask InitializeAsync()
    {
        // Built apart from the checkout's own output, which the running tests use. The analyzers have seen the code when that was built.
        var artifacts = Path.Combine(Directory, "artifacts");
        await Repository.RunAsync(
            Repository.Root, "dotnet", "pack", "Holdfast.slnx", "-c", "Release", "-v", "q", "-nologo", $"-p:Version={Version}", "-p:RunAnalyzers=false", "--artifacts-path", artifacts, "-o", Directory);
    }

    public ValueTask DisposeAsync()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var package in Projects.Select(Path.GetFileName))
        {
            var unpacked = Path.Combine(cache, package!.ToLowerInvariant(), Version);
            if (System.IO.Directory.Exists(unpacked))
            {
                System.IO.Directory.Delete(unpacked, recursive: true);
            }
        }

        return default;
    }
}
