using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>The first entry of a fork: of which life it shows which versions, and what they folded to.</summary>
internal sealed record ForkBody(string Origin, Guid Life, long From, long To, string Fold)
{
    private const string Mark = "{\"Origin\":";

    public ThreadKey Key => ThreadKey.Of(Origin);

    /// <summary>Where the versions may be found.</summary>
    public IEnumerable<ThreadKey> Places => [Key, ThreadKey.Trunk(Key, new(Life))];

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static ForkBody? Read(LogEntry entry)
        => entry.Body.Span.StartsWith(System.Text.Encoding.UTF8.GetBytes(Mark)) ? JsonSerializer.Deserialize<ForkBody>(entry.Body.Span) : null;
}
