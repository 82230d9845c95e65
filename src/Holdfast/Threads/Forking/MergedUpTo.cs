using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Up to which version of a fork it was merged, as its thread notes that: the version, or where the fork had been recovered, the version and how often it had been.</summary>
/// <remarks>Versions that a fork lost are used again. What came in their place was not merged.</remarks>
internal static class MergedUpTo
{
    /// <summary>The newest version that is merged and still there.</summary>
    /// <param name="note">The note.</param>
    /// <param name="fork">The fork.</param>
    public static long Read(ReadOnlyMemory<byte> note, ThreadHead fork)
    {
        var json = JsonElement.Parse(note.Span);
        var (version, recoveries) = json.ValueKind == JsonValueKind.Array ? (json[0].GetInt64(), json[1].GetInt32()) : (json.GetInt64(), 0);
        return RecoveriesOf(fork).Skip(recoveries).Append(version).Min();
    }

    /// <summary>The note that everything of a fork is merged.</summary>
    public static byte[] Write(ThreadHead fork)
        => Encoding.ASCII.GetBytes(RecoveriesOf(fork).Count is > 0 and var recoveries
            ? string.Create(CultureInfo.InvariantCulture, $"[{fork.Version},{recoveries}]")
            : fork.Version.ToString(CultureInfo.InvariantCulture));

    // The last version that was kept, of each recovery that lost some.
    private static List<long> RecoveriesOf(ThreadHead fork)
        => [.. (fork.Properties.GetValueOrDefault(HeadProperties.Recovered) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
}
