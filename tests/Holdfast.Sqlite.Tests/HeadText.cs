using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Sqlite.Tests;

/// <summary>All that a head says, in a text that can be compared.</summary>
internal static class HeadText
{
    public static string Of(ThreadHead? head) => head is null
        ? "none"
        : string.Join(
            '\n',
            head.Key.Space,
            head.Key.Tenant,
            head.Key.Id,
            head.Life,
            $"{head.FirstVersion}..{head.Version} keyframe {head.KeyframeVersion} chain {head.ChainHash}",
            $"{head.UserId} {head.Agent} {head.Status} {head.MessageCount} messages",
            $"created {Millis(head.CreatedAt)} updated {Millis(head.UpdatedAt)} expires {Millis(head.ExpiresAt)} deleted {Millis(head.DeletedAt)} due {Millis(head.DueAt)}",
            string.Join(' ', head.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value.GetRawText()}")),
            string.Join(' ', head.Terms),
            string.Join(' ', head.Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={JsonSerializer.Serialize(pair.Value)}")),
            $"revision {head.Revision} heartbeat {head.Heartbeat} {head.PinCount} pins from {head.LowestPin}",
            head.Pins is null ? "" : string.Join(' ', head.Pins.OrderBy(pin => pin.Life.Value).Select(pin => $"{pin.Life} {pin.Key} {pin.From}-{pin.To}")));

    private static long? Millis(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();
}
