using System.Text;
using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>Trims and redactions, by the contract of the log.</summary>
internal static class Maintenance
{
    /// <summary>Drops below a keyframe, but nothing that is pinned.</summary>
    public static async Task TrimAsync(Client client)
    {
        if (await ReadAsync(client) is not var (head, entries))
        {
            return;
        }

        var keyframes = entries.Where(entry => entry.IsKeyframe && entry.Version <= head.KeyframeVersion).Select(entry => entry.Version).ToList();
        if (client.World.Options.TrimsAskForPins)
        {
            keyframes.RemoveAll(version => version > (head.LowestPin ?? long.MaxValue));
        }

        if (keyframes.Count > 0)
        {
            var request = new RewriteRequest { Key = head.Key, DropBelow = client.World.OneOf(keyframes), IfUnchanged = head.Stamp };
            client.World.Count(await Acts.AgainAsync(() => client.Log.RewriteAsync(request).AsTask()) ? "trimmed" : "not trimmed");
        }
    }

    /// <summary>Replaces the text of an old commit.</summary>
    public static async Task RedactAsync(Client client)
    {
        if (await ReadAsync(client) is not var (head, entries) || entries.FindAll(entry => entry.Version < head.KeyframeVersion) is not { Count: > 0 } old)
        {
            return;
        }

        var entry = client.World.OneOf(old);
        var text = Encoding.UTF8.GetString(entry.Body.Span).Replace("note of", "gone of", StringComparison.Ordinal);
        var request = new RewriteRequest
        {
            Key = head.Key,
            Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [entry.Version] = Encoding.UTF8.GetBytes(text) },
            IfUnchanged = head.Stamp,
        };
        client.World.Count(await Acts.AgainAsync(() => client.Log.RewriteAsync(request).AsTask()) ? "redacted" : "not redacted");
    }

    private static async Task<(ThreadHead Head, List<LogEntry> Entries)?> ReadAsync(Client client)
    {
        var key = ThreadKey.Of(client.World.SomeThread());
        if (await Acts.AgainAsync(() => client.Log.GetHeadAsync(key).AsTask()) is not { } head)
        {
            return null;
        }

        return (head, await Acts.AgainAsync(() => client.Log.ReadAsync(new() { Key = key, Life = head.Life, To = head.Version }).ToListAsync().AsTask()));
    }
}
