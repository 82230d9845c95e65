using System.Diagnostics;
using System.Xml.Linq;

namespace Holdfast.Packaging.Tests;

/// <summary>The checkout that the tests were built from, and commands that run in it.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Where the sources are published.</summary>
    public static string Url => XDocument.Load(Path.Combine(Root, "Directory.Build.props")).Descendants("PackageProjectUrl").Single().Value;

    /// <summary>Runs a program to its end and returns what it printed; fails the test if it fails.</summary>
    public static Task<string> RunAsync(string directory, string program, params string[] arguments) => RunWithInputAsync("", directory, program, arguments);

    /// <summary>Runs a program with what it reads on its standard input.</summary>
    public static async Task<string> RunWithInputAsync(string input, string directory, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The test runs inside a dotnet command of its own, whose settings the new one must not inherit.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        await WriteAsync(process.StandardInput, input);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{output}\n{await error}");
        return output;
    }

    /// <summary>The first block of a language below a heading of the README.</summary>
    public static string ReadmeSnippet(string heading, string language = "csharp")
    {
        var lines = File.ReadLines(Path.Combine(Root, "README.md")).SkipWhile(line => line != heading).SkipWhile(line => line != $"```{language}").Skip(1);
        return string.Join('\n', lines.TakeWhile(line => line != "```"));
    }

    /// <summary>The version of another package that the repository uses.</summary>
    public static string VersionOf(string package)
        => XDocument.Load(Path.Combine(Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Single(version => version.Attribute("Include")?.Value == package).Attribute("Version")!.Value;

    // A program may end without reading.
    private static async Task WriteAsync(StreamWriter writer, string input)
    {
        try
        {
            await writer.WriteAsync(input);
            writer.Close();
        }
        catch (IOException)
        {
        }
    }

    private static string Find([System.Runtime.CompilerServices.CallerFilePath] string file = "")
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(file)! })
        {
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
            {
                if (File.Exists(Path.Combine(directory.FullName, "Holdfast.slnx")))
                {
                    return directory.FullName;
                }
            }
        }

        throw new InvalidOperationException($"Holdfast.slnx is in no folder above {AppContext.BaseDirectory}");
    }
}
