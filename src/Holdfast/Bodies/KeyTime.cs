using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>The times after which keys are gone: <c>$expires</c> has, for each such key, its path and the instant.</summary>
internal static class KeyTime
{
    /// <summary>Whether any key of a state has a time.</summary>
    public static bool IsUsedIn(ThreadState state) => state.Find(SectionNames.Expires) is { Count: > 0 };

    /// <summary>What a key is called in <c>$expires</c>. In the name of its section <c>~</c> is <c>~0</c> and <c>/</c> is <c>~1</c>, so that no two keys meet.</summary>
    public static string PathOf(string section, string key)
        => $"{section.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}/{key}";

    /// <summary>Takes a path apart; the section is empty if it is not one.</summary>
    public static (string Section, string Key) Split(string path)
    {
        var end = Math.Max(path.IndexOf('/', StringComparison.Ordinal), 0);
        var section = path[..end].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        return (section, path[Math.Min(end + 1, path.Length)..]);
    }

    /// <summary>Whether a key had a time, and it has passed.</summary>
    public static bool IsGone(ThreadState state, string section, string key, DateTimeOffset now)
        => IsUsedIn(state) && state.TryGet(SectionNames.Expires, PathOf(section, key), out var time) && HasPassed(time, now);

    /// <summary>Whether an instant has come. What is no instant never comes.</summary>
    public static bool HasPassed(ReadOnlyMemory<byte> time, DateTimeOffset now) => Read(time) <= now;

    public static byte[] Write(DateTimeOffset time)
        => Encoding.ASCII.GetBytes(time.UtcDateTime.ToString("'\"'yyyy-MM-dd'T'HH:mm:ss.fff'Z\"'", CultureInfo.InvariantCulture));

    public static DateTimeOffset? Read(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span);
        return reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time : null;
    }
}
