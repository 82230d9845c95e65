using System.Globalization;
using System.Text;

namespace Holdfast.Worker;

/// <summary>The world outside, which cannot be taken back: each effect is a line of a journal, on the disk when it is done. Each process writes a file of its own.</summary>
/// <param name="directory">The directory of the journal.</param>
public sealed class SideEffects(string directory) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file = new(Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.txt")), FileMode.Append, FileAccess.Write, FileShare.Read);

    /// <summary>All effects so far, of all processes: the thread, and the idempotency key that its step had.</summary>
    public static ILookup<string, string> Read(string directory) => Directory.GetFiles(directory)
        .SelectMany(ReadLines)
        .Select(line => line.Split(' '))
        .ToLookup(parts => parts[1], parts => parts[0], StringComparer.Ordinal);

    /// <summary>Does something that everybody can see.</summary>
    public void Do(string idempotencyKey, string thread)
    {
        lock (_lock)
        {
            _file.Write(Encoding.UTF8.GetBytes($"{idempotencyKey} {thread}\n"));
            _file.Flush(flushToDisk: true);
        }
    }

    public void Dispose() => _file.Dispose();

    private static IEnumerable<string> ReadLines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
