namespace Holdfast.Packaging.Tests;

/// <summary>A project outside the repository that uses packages of the feed.</summary>
internal sealed class TemporaryProject : IDisposable
{
    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("holdfast-project-").FullName;

    /// <param name="feed">Where the packages are.</param>
    /// <param name="sdk">The SDK of the project.</param>
    /// <param name="program">Its only source.</param>
    /// <param name="packages">What it references: a package of the feed, or one of those that the repository itself uses, in the version that it uses.</param>
    public TemporaryProject(PackageFeed feed, string sdk, string program, params string[] packages)
    {
        var references = packages.Select(package => $"""<PackageReference Include="{package}" Version="{VersionOf(feed, package)}" />""");
        File.WriteAllText(Path.Combine(_directory, "App.csproj"), $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
                <RestoreAdditionalProjectSources>{feed.Directory}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                {string.Join("\n    ", references)}
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(_directory, "Program.cs"), program);
    }

    public string Directory => _directory;

    /// <summary>The built program, for <c>dotnet</c>.</summary>
    public string Program => Path.Combine(_directory, "out", "App.dll");

    /// <summary>Builds it, and returns what the build says.</summary>
    public Task<string> BuildAsync() => Repository.RunAsync(_directory, "dotnet", "build", "-v", "q", "-nologo", "-o", "out");

    public Task<string> RunAsync() => Repository.RunAsync(_directory, "dotnet", Program);

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);

    private static string VersionOf(PackageFeed feed, string package)
        => PackageFeed.Projects.Any(project => Path.GetFileName(project) == package) ? feed.Version : Repository.VersionOf(package);
}
