namespace Holdfast.Packaging.Tests;

/// <summary>The sample on core and file log, without reflection over its types. Warnings of the trimmer and of the native compiler are errors.</summary>
public sealed class AheadOfTimeTests : IDisposable
{
    private static readonly string Sample = Path.Combine(Repository.Root, "samples", "AotAgent");

    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-aot-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task TrimmedApp_WithoutReflection_RemembersBetweenTwoRuns()
    {
        var output = Path.Combine(_directory, "app");
        await Repository.RunAsync(
            Sample, "dotnet", "publish", "-c", "Release", "-v", "q", "-nologo", "-r", "linux-x64", "--self-contained", "-p:PublishTrimmed=true", "-p:TrimMode=full",
            "--artifacts-path", Path.Combine(_directory, "build"), "-o", output);
        var store = Path.Combine(_directory, "store");

        (await Repository.RunAsync(output, Path.Combine(output, "AotAgent"), store, "Ann")).Trim().ShouldBe("Ann, visit 1, version 1");
        (await Repository.RunAsync(output, Path.Combine(output, "AotAgent"), store)).Trim().ShouldBe("Ann, visit 2, version 2");
    }

    // The native compiler translates the whole program, whatever the machine that it runs on; only linking needs that of the target.
    [Fact]
    public async Task NativeCompiler_TranslatesTheWholeApp()
    {
        await Repository.RunAsync(
            Sample, "dotnet", "msbuild", "-restore", "-t:Build", "-t:IlcCompile", "-v:q", "-nologo", "-p:Configuration=Release", "-p:PublishAot=true",
            "-p:SelfContained=true", "-p:_IsPublishing=true", "-p:RuntimeIdentifier=win-x64", "-p:DisableUnsupportedError=true",
            "-p:UseArtifactsOutput=true", $"-p:ArtifactsPath={_directory}");

        var native = Directory.EnumerateFiles(_directory, "AotAgent.obj", SearchOption.AllDirectories).Single();
        new FileInfo(native).Length.ShouldBeGreaterThan(1_000_000);
    }
}
