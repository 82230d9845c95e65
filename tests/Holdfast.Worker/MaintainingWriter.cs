using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Worker;

/// <summary>Appends bodies of every kind, and does the maintenance of the threads meanwhile.</summary>
internal sealed class MaintainingWriter(ICommitLog log, AcknowledgingWriter writer)
{
    private const int LongestBody = 20_000;

    /// <summary>Works on several threads at once, until the process is killed.</summary>
    public Task WorkForeverAsync(int threads)
        => Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() => WorkForeverAsync(ThreadKey.Of($"thread-{thread}")))));

    private async Task WorkForeverAsync(ThreadKey key)
    {
        var thread = ThreadWriter.From(key, await log.ReadTailAsync(key));
        while (true)
        {
            var version = thread.Version + 1;
            writer.Acknowledge(await thread.AppendAsync(log, new() { Body = BodyOf(version), IsKeyframe = version % 10 == 0 }));
            if (version % 25 == 0)
            {
                await log.RewriteAsync(key, new Dictionary<long, ReadOnlyMemory<byte>> { [version - 20] = "{\"redacted\":true}"u8.ToArray() });
                thread.AcceptExpiry(thread.Head!.UpdatedAt.AddYears(100));
                await log.SetExpiryAsync(key, thread.Head!.ExpiresAt);
                await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default });
            }
        }
    }

    private static byte[] BodyOf(long version)
    {
        var length = (int)(version * 977 % LongestBody);
        return version % 5 == 0
            ? Random.Shared.GetItems<byte>([0, 1, 10, 255], length)
            : Encoding.UTF8.GetBytes($$"""{"text":"{{new string((char)('a' + (version % 26)), length)}}"}""");
    }
}
