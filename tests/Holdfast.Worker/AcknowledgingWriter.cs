using System.Globalization;
using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Worker;

/// <summary>Appends, and says so once it was acknowledged.</summary>
internal sealed class AcknowledgingWriter(ICommitLog log, TextWriter output)
{
    private const int LongestText = 6000;

    private readonly Lock _gate = new();

    /// <summary>Appends to a thread that others may be appending to as well.</summary>
    public async Task AppendAsync(string thread, int count)
    {
        var key = ThreadKey.Of(thread);
        for (var appended = 0; appended < count;)
        {
            var request = ThreadWriter.From(key, await log.ReadTailAsync(key)).Next();
            var result = await log.AppendAsync(request);
            if (result.Outcome == AppendOutcome.Appended)
            {
                Acknowledge(request);
                appended++;
            }
        }
    }

    /// <summary>Appends to several threads at once, until the process is killed.</summary>
    public Task AppendForeverAsync(int threads)
        => Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() => AppendForeverAsync($"thread-{thread}"))));

    private async Task AppendForeverAsync(string thread)
    {
        var key = ThreadKey.Of(thread);
        var writer = ThreadWriter.From(key, await log.ReadTailAsync(key));
        while (true)
        {
            var version = writer.Version + 1;
            var text = new string((char)('a' + (version % 26)), (int)(version * 997 % LongestText));
            var body = Encoding.UTF8.GetBytes($$"""{"text":"{{text}}"}""");
            Acknowledge(await writer.AppendAsync(log, new() { Body = body, IsKeyframe = version % 16 == 0 }));
        }
    }

    public void Acknowledge(AppendRequest request)
    {
        var entry = request.Entry;
        lock (_gate)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ack {entry.Key.Id} {entry.Version} {entry.CommitId}"));
            output.Flush();
        }
    }
}
