using System.Globalization;
using System.Runtime.InteropServices;

namespace Holdfast.Compare.Reporting;

/// <summary>What the run was made on.</summary>
internal sealed record Machine(int Processors, string Processor, double MemoryGiB, string System, string FileSystem, string Runtime, string LoadBefore)
{
    public static Machine Read(string load) => new(
        Environment.ProcessorCount,
        Line("/proc/cpuinfo", "model name"),
        Math.Round(double.Parse(Line("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024 / 1024),
        RuntimeInformation.OSDescription,
        new DriveInfo(Path.GetTempPath()).DriveFormat,
        RuntimeInformation.FrameworkDescription,
        load);

    public override string ToString() => $"{Processors} × {Processor}, {MemoryGiB} GiB, {System}, {FileSystem}, {Runtime}; load average before the run: {LoadBefore}.";

    private static string Line(string file, string name)
        => File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";
}
