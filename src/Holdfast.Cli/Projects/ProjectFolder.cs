using System.Text;

namespace Holdfast.Cli;

/// <summary>The folder of a new project.</summary>
internal static class ProjectFolder
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Sees to it that nothing is in the way.</summary>
    /// <exception cref="ToolException">There is a file of that name, or a folder that is not empty, or it cannot be looked at.</exception>
    public static void RequireEmpty(string path)
    {
        try
        {
            if (File.Exists(path))
            {
                throw ToolException.Usage($"There is a file '{path}'.", "Name a folder with --output.");
            }

            if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw ToolException.Usage($"The folder '{path}' is not empty. Nothing was written.", "Name another one with --output.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ToolException.Input($"The folder '{path}' cannot be used: {e.Message}");
        }
    }

    /// <summary>Writes the files. Where one cannot be written, those before it are taken away again.</summary>
    /// <exception cref="ToolException">A file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ProjectFile> files)
    {
        var written = new List<string>();
        try
        {
            foreach (var file in files)
            {
                var target = Path.Combine(path, file.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                using var stream = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
                written.Add(target);
                stream.Write(Utf8.GetBytes(file.Text));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            written.ForEach(Remove);
            throw ToolException.Input($"The project cannot be written: {e.Message}");
        }
    }

    // What is left over is no reason to hide why.
    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
