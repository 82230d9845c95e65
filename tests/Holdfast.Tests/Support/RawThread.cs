using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Tests.Support;

/// <summary>Writes bodies into a log as they are given, as another version of the library might have written them.</summary>
internal sealed class RawThread(ICommitLog log, ThreadKey key)
{
    private readonly ThreadState _state = new();

    /// <summary>The same id for the same version, so that chain hashes are the same each time.</summary>
    public static CommitId IdOf(long version) => CommitId.Parse($"01934b2c-7d5e-7abc-8def-{version:x12}");

    public Task AppendAsync(string body) => AppendAsync(Encoding.UTF8.GetBytes(body));

    public async Task AppendAsync(byte[] body)
    {
        var before = await log.GetHeadAsync(key);
        var version = (before?.Version ?? 0) + 1;
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        var at = root.TryGetProperty("at", out var time) ? time.GetDateTimeOffset() : new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);
        var entry = new LogEntry
        {
            Key = key,
            Version = version,
            CommitId = IdOf(version),
            At = at,
            MessageCount = root.TryGetProperty("messages", out var messages) ? messages.GetArrayLength() : 0,
            IsKeyframe = root.TryGetProperty("state", out _),
            BodyHash = Digest.Compute(body),
            Body = body,
        };
        if (root.GetProperty("v").GetInt64() == CommitBody.Format)
        {
            _state.Apply(entry, CommitBodyReader.Read(entry, entry.Body).Change);
        }

        var after = before?.ChainHash ?? ChainHash.Start;
        var head = new ThreadHead
        {
            Key = key,
            Life = before?.Life ?? entry.CommitId,
            FirstVersion = before?.FirstVersion ?? version,
            Version = version,
            KeyframeVersion = entry.IsKeyframe ? version : before?.KeyframeVersion ?? 0,
            ChainHash = ChainHash.Next(after, entry),
            UserId = _state.UserId,
            Agent = _state.Agent,
            Status = _state.Status,
            MessageCount = _state.MessageCount,
            Metadata = _state.Find("metadata")?.ToDictionary(pair => pair.Key, pair => JsonElement.Parse(pair.Value.Span), StringComparer.Ordinal) ?? ThreadHead.EmptyMetadata,
            CreatedAt = before?.CreatedAt ?? at,
            UpdatedAt = at,
            DeletedAt = _state.IsDeleted ? before?.DeletedAt ?? at : null,
        };
        (await log.AppendAsync(new() { Entry = entry, Head = head, After = after, Begins = before is null })).ShouldBe(AppendResult.Appended(version));
    }
}
