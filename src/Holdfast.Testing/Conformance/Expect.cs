using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>The checks of the cases: each throws a <see cref="ConformanceException"/> that says what was expected and what was found.</summary>
internal static class Expect
{
    public static void That(bool holds, string expectation)
    {
        if (!holds)
        {
            throw new ConformanceException($"Expected that {expectation}, but it is not so.");
        }
    }

    public static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new ConformanceException($"Expected {what} to be {Show(expected)}, found {Show(actual)}.");
        }
    }

    public static void Sequence<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what)
    {
        var (wanted, found) = (expected.ToList(), actual.ToList());
        if (!wanted.SequenceEqual(found))
        {
            throw new ConformanceException($"Expected {what} to be [{string.Join(", ", wanted)}], found [{string.Join(", ", found)}].");
        }
    }

    public static T NotNull<T>(T? value, string what)
        where T : class
        => value ?? throw new ConformanceException($"Expected {what}, found nothing.");

    public static async Task<TException> ThrowsAsync<TException>(Func<Task> action, string what)
        where TException : Exception
    {
        try
        {
            await action();
        }
        catch (TException e)
        {
            return e;
        }
        catch (Exception e)
        {
            throw new ConformanceException($"Expected {what} to throw {typeof(TException).Name}; it threw {e.GetType().Name}: {e.Message}", e);
        }

        throw new ConformanceException($"Expected {what} to throw {typeof(TException).Name}; it did not throw.");
    }

    public static void Bytes(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> actual, string what)
    {
        var same = expected.Span.CommonPrefixLength(actual.Span);
        if (same != expected.Length || same != actual.Length)
        {
            throw new ConformanceException(
                $"Expected {what} to be {expected.Length} bytes, found {actual.Length} that differ from byte {same} on: expected {Show(expected, same)}, found {Show(actual, same)}.");
        }
    }

    public static void Entry(LogEntry expected, LogEntry actual)
    {
        var where = $"of entry {expected.Version} of thread '{expected.Key}'";
        Equal(expected.Version, actual.Version, $"the version {where}");
        Equal(expected.Key, actual.Key, $"the key {where}");
        Equal(expected.CommitId, actual.CommitId, $"the commit id {where}");
        Equal(expected.At, actual.At, $"the time {where}");
        Equal(expected.MessageCount, actual.MessageCount, $"the message count {where}");
        Equal(expected.IsKeyframe, actual.IsKeyframe, $"the keyframe flag {where}");
        Equal(expected.RewrittenHash, actual.RewrittenHash, $"the hash of the rewritten body {where}");
        Equal(expected.BodyHash, actual.BodyHash, $"the body hash {where}");
        Bytes(expected.Body, actual.Body, $"the body {where}");
    }

    public static void Entries(IEnumerable<LogEntry> expected, IReadOnlyList<LogEntry> actual, string what)
    {
        var wanted = expected.ToList();
        Sequence(wanted.Select(entry => entry.Version), actual.Select(entry => entry.Version), $"the versions of {what}");
        for (var i = 0; i < wanted.Count; i++)
        {
            Entry(wanted[i], actual[i]);
        }
    }

    public static void Head(ThreadHead? expected, ThreadHead? actual, string what = "the thread of the head")
    {
        if (expected is null || actual is null)
        {
            Equal(expected?.Key, actual?.Key, what);
            return;
        }

        var where = $"in the head of thread '{expected.Key}'";
        Equal(expected.Key, actual.Key, $"the key {where}");
        Equal(expected.Life, actual.Life, $"the life {where}");
        Equal(expected.FirstVersion, actual.FirstVersion, $"the first version {where}");
        Equal(expected.Version, actual.Version, $"the version {where}");
        Equal(expected.KeyframeVersion, actual.KeyframeVersion, $"the keyframe version {where}");
        Equal(expected.ChainHash, actual.ChainHash, $"the chain hash {where}");
        Equal(expected.UserId, actual.UserId, $"the user {where}");
        Equal(expected.Agent, actual.Agent, $"the agent {where}");
        Equal(expected.Status, actual.Status, $"the status {where}");
        Equal(expected.MessageCount, actual.MessageCount, $"the message count {where}");
        Equal(expected.CreatedAt, actual.CreatedAt, $"the creation time {where}");
        Equal(expected.UpdatedAt, actual.UpdatedAt, $"the update time {where}");
        Equal(expected.ExpiresAt, actual.ExpiresAt, $"the expiry {where}");
        Equal(expected.DeletedAt, actual.DeletedAt, $"the deletion time {where}");
        Equal(expected.DueAt, actual.DueAt, $"the due time {where}");
        Sequence(expected.Terms, actual.Terms, $"the terms {where}");
        Equal(expected.Revision, actual.Revision, $"the revision {where}");
        Equal(expected.Heartbeat, actual.Heartbeat, $"the heartbeat {where}");
        Equal(expected.PinCount, actual.PinCount, $"the number of pins {where}");
        Equal(expected.LowestPin, actual.LowestPin, $"the lowest version that is pinned {where}");
        Sequence(
            expected.Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal), actual.Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal), $"the properties {where}");
        Sequence(expected.Metadata.Keys.Order(StringComparer.Ordinal), actual.Metadata.Keys.Order(StringComparer.Ordinal), $"the metadata keys {where}");
        foreach (var (key, value) in expected.Metadata)
        {
            // JSON that cannot be read as text, such as half of a surrogate pair, has to come back as it was written.
            if (value.GetRawText() != actual.Metadata[key].GetRawText() && !JsonElement.DeepEquals(value, actual.Metadata[key]))
            {
                throw new ConformanceException($"Expected the metadata '{key}' {where} to be {value.GetRawText()}, found {actual.Metadata[key].GetRawText()}.");
            }
        }
    }

    private static string Show<T>(T value) => value switch
    {
        null => "nothing",
        string text => $"'{text}'",
        DateTimeOffset time => time.ToString("O"),
        _ => value.ToString() ?? "",
    };

    private static string Show(ReadOnlyMemory<byte> bytes, int from)
        => from >= bytes.Length ? "the end" : $"'{Encoding.UTF8.GetString(bytes.Span.Slice(from, Math.Min(24, bytes.Length - from)))}'";
}
