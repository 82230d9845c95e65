namespace Holdfast.Packaging.Tests;

/// <summary>Settings of <c>dotnet new</c> that only the tests have, with the package of templates installed.</summary>
public sealed class TemplateHive : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-hive-").FullName;
    private Task? _installation;

    /// <summary>Makes a project in a folder below a directory.</summary>
    public async Task NewAsync(PackageFeed feed, string directory, string template, string name, string store)
    {
        await (_installation ??= RunAsync(directory, "install", Path.Combine(feed.Directory, $"Holdfast.Templates.{feed.Version}.nupkg")));
        await RunAsync(directory, template, "-n", name, "--store", store);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task RunAsync(string directory, params string[] arguments) => Repository.RunAsync(directory, "dotnet", ["new", .. arguments, "--debug:custom-hive", _directory]);
}
