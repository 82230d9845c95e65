using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary>A thread with its forks.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Forks">Its forks, in the order of the versions at which they were forked. One whose origin is gone stands under the nearest thread that is there.</param>
internal sealed record ForkTree(ThreadInfo Thread, IReadOnlyList<ForkTree> Forks)
{
    public static ForkTree Of(ThreadInfo thread, IReadOnlyList<ThreadInfo> forks)
    {
        // A fork begins one version after that of its origin, so its origin is the one that has that version. What was erased is left out.
        var known = forks.Select(fork => fork.Id).ToHashSet();
        return Under(thread, fork => fork.ForkedFrom!.Id == thread.Id || !known.Contains(fork.ForkedFrom.Id));

        ForkTree Under(ThreadInfo parent, Func<ThreadInfo, bool> isChild)
            => new(parent, [.. forks.Where(isChild).Select(fork => Under(fork, other => other.ForkedFrom!.Id == fork.Id && other.Id != fork.Id && other.FirstVersion > fork.FirstVersion))]);
    }

    public IEnumerable<string> Lines() => Lines("", "", "");

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("thread", Thread.Id.Value);
        writer.WriteNumber("version", Thread.Version);
        WriteOrigin(writer, Thread);
        writer.WriteNumber("messages", Thread.MessageCount);
        writer.WriteStartArray("forks");
        foreach (var fork in Forks)
        {
            writer.WriteStartObject();
            fork.Write(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    public static void WriteOrigin(Utf8JsonWriter writer, ThreadInfo fork)
    {
        if (fork.ForkedFrom is { } origin)
        {
            writer.WriteStartObject("forkedFrom");
            writer.WriteString("thread", origin.Id.Value);
            writer.WriteNumber("version", origin.Version);
            writer.WriteEndObject();
        }
    }

    private IEnumerable<string> Lines(string before, string branch, string after)
    {
        var origin = Thread.ForkedFrom is { } from ? $", forked from version {from.Version} of {from.Id}" : "";
        yield return $"{before}{branch}{Thread.Id}{origin}, at version {Thread.Version}, {Thread.MessageCount} messages";
        for (var i = 0; i < Forks.Count; i++)
        {
            var isLast = i == Forks.Count - 1;
            foreach (var line in Forks[i].Lines(before + after, isLast ? "└─ " : "├─ ", isLast ? "   " : "│  "))
            {
                yield return line;
            }
        }
    }
}
