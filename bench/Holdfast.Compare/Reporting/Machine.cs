using System.Globalization;
using System.Runtime.InteropServices;

namespace Holdfast.Compare.Reporting;

/// <summary>What the run was made on.</summary>
internal sealed record Machine(int Processors, string Processor, double MemoryGiB, string System, string FileSystem, string Runtime, string LoadBefore, IReadOnlyList<string> LoadMeanwhile)
{
    /// <param name="load">The load average before the run.</param>
    /// <param name="loadMeanwhile">The load average after each repetition.</param>
    public static Machine Read(string load, IReadOnlyList<string> loadMeanwhile) => new(
        Environment.ProcessorCount,
        Line("/proc/cpuinfo", "model name"),
        Math.Round(double.Parse(Line("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024 / 1024),
        RuntimeInformation.OSDescription,
        new DriveInfo(Path.GetTempPath()).DriveFormat,
        RuntimeInformation.FrameworkDescription,
        load,
        loadMeanwhile);

    public override string ToString() => $"{Processors} × {Processor}, {MemoryGiB} GiB, {System}, {FileSystem}, {Runtime}; load average before the run: {LoadBefore}, after each repetition: {string.Join(", ", LoadMeanwhile)}.";

    private static string Line(string file, string name)
        => File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";
}
