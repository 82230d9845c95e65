namespace Holdfast.Packaging.Tests;

/// <summary>A console project outside the repository that uses one package of the feed.</summary>
internal sealed class TemporaryProject : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-project-").FullName;

    public TemporaryProject(PackageFeed feed, string package, string program)
    {
        File.WriteAllText(Path.Combine(_directory, "App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
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
                <PackageReference Include="{package}" Version="{feed.Version}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(_directory, "Program.cs"), program);
    }

    /// <summary>Builds it, and returns what the build says.</summary>
    public Task<string> BuildAsync() => Repository.RunAsync(_directory, "dotnet", "build", "-v", "q", "-nologo", "-o", "out");

    public Task<string> RunAsync() => Repository.RunAsync(_directory, "dotnet", Path.Combine("out", "App.dll"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
