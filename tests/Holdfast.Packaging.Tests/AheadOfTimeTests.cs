using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace Holdfast.Packaging.Tests;

/// <summary>The sample on core, file log and SQLite, without reflection over its types.</summary>
public sealed class AheadOfTimeTests(NativeSample sample) : IClassFixture<NativeSample>
{
    [Theory]
    [InlineData("")]
    [InlineData("sqlite:")]
    public async Task NativeProgram_RemembersBetweenTwoProcesses(string scheme)
    {
        var store = scheme + sample.Store(scheme.Length == 0 ? "files" : "holdfast.db");

        (await sample.RunAsync(store, "Ann")).ShouldBe("Ann, visit 1, version 1");
        (await sample.RunAsync(store)).ShouldBe("Ann, visit 2, version 2");
    }

    [Fact]
    public void NativeProgram_IsNative()
    {
        Directory.EnumerateFiles(sample.Output, "*.dll").Where(IsManaged).ShouldBeEmpty();
        Directory.EnumerateFiles(sample.Output).ShouldContain(file => Path.GetFileName(file) == "libe_sqlite3.so");
    }

    [Fact]
    public async Task TrimmedProgram_WithoutReflection_RemembersBetweenTwoProcesses()
    {
        var directory = Directory.CreateTempSubdirectory("holdfast-trimmed-").FullName;
        try
        {
            var output = Path.Combine(directory, "app");
            await Repository.RunAsync(
                NativeSample.Project, "dotnet", "publish", "-c", "Release", "-v", "q", "-nologo", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained",
                "-p:PublishTrimmed=true", "-p:TrimMode=full", "-p:RunAnalyzers=false", "--artifacts-path", Path.Combine(directory, "build"), "-o", output);
            foreach (var store in new[] { Path.Combine(directory, "files"), $"sqlite:{Path.Combine(directory, "holdfast.db")}" })
            {
                (await Repository.RunAsync(output, Path.Combine(output, "AotAgent"), store, "Ann")).Trim().ShouldBe("Ann, visit 1, version 1");
                (await Repository.RunAsync(output, Path.Combine(output, "AotAgent"), store)).Trim().ShouldBe("Ann, visit 2, version 2");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool IsManaged(string file)
    {
        using var reader = new PEReader(File.OpenRead(file));
        return reader.HasMetadata;
    }
}
