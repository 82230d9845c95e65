using System.Diagnostics;

namespace Holdfast.Sqlite.Tests;

/// <summary>A real file system of 2 MiB.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    public static SmallDisk Mount(string path)
    {
        Directory.CreateDirectory(path);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path), "Mounting needs Linux and the rights of root.");
        return new(path);
    }

    /// <summary>Leaves no more than some bytes free.</summary>
    public void Fill(int free = 0)
    {
        using var file = File.Create(Filler);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }

        file.SetLength(Math.Max(0, file.Length - free));
    }

    public void Empty() => File.Delete(Filler);

    public void Dispose() => Run("umount", "-l", Path);

    private static bool Run(string program, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
