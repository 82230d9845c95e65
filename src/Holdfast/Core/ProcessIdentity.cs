using System.Globalization;

namespace Holdfast;

/// <summary>Names this process so that another one on the same machine can tell whether it is gone: the boot, the namespace of process ids, the process id, and when it started.</summary>
internal static class ProcessIdentity
{
    private static readonly string Here = $"{ReadText("/proc/sys/kernel/random/boot_id")}/{ReadLink("/proc/self/ns/pid")}";

    /// <summary>This process.</summary>
    public static string Current { get; } = string.Create(CultureInfo.InvariantCulture, $"{Here}/{Environment.ProcessId}/{StartOf(Environment.ProcessId) ?? Guid.NewGuid().ToString("N")}");

    /// <summary>Whether a process is certainly gone. False where that cannot be told, as for one on another machine.</summary>
    public static bool IsGone(string identity)
    {
        var parts = identity.Split('/');
        return parts.Length == 4 && OperatingSystem.IsLinux() && Here.Length > 1 && $"{parts[0]}/{parts[1]}" == Here
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && StartOf(id) != parts[3];
    }

    // Field 22 of the process's status: when it started, in ticks since the boot. The name before it, in parentheses, may have blanks.
    private static string? StartOf(int process)
    {
        var text = ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && fields[0] is not ("Z" or "X") ? fields[19] : null;
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string ReadLink(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
