using System.Globalization;
using Holdfast;
using Holdfast.Logs;
using Holdfast.Testing;

// Commits until it is killed, or as often as it is told, and says "ack <thread> <version> <commit id>" of each commit that was confirmed:
//   forever <directory> <threads>          each thread has one writer, which now and then also rewrites, expires and lists
//   contend <directory> <thread> <count>   writers of other processes are at the same thread
var output = TextWriter.Synchronized(Console.Out);
await using var log = new FileCommitLog(new() { Directory = args[1] });
switch (args)
{
    case ["forever", _, var threads]:
        await Task.WhenAll(Enumerable.Range(0, int.Parse(threads, CultureInfo.InvariantCulture)).Select(i => Task.Run(() => WriteForeverAsync($"thread-{i}"))));
        break;
    case ["contend", _, var thread, var count]:
        await ContendAsync(thread, int.Parse(count, CultureInfo.InvariantCulture));
        break;
    default:
        throw new ArgumentException($"There is no mode '{args[0]}'.");
}

async Task WriteForeverAsync(string id)
{
    var key = ThreadKey.Of(id);
    var thread = ThreadWriter.From(key, await log.ReadTailAsync(key));
    while (true)
    {
        var version = thread.Version + 1;
        var text = new string((char)('a' + (version % 26)), (int)(version * 977 % 20_000));
        var request = await thread.AppendAsync(log, new()
        {
            Body = version % 5 == 0 ? Random.Shared.GetItems<byte>([0, 1, 2, 10, 255], text.Length) : System.Text.Encoding.UTF8.GetBytes($$"""{"text":"{{text}}"}"""),
            IsKeyframe = version % 10 == 0,
        });
        await AcknowledgeAsync(request);
        if (version % 25 == 0)
        {
            await log.RewriteAsync(key, new Dictionary<long, ReadOnlyMemory<byte>> { [version - 20] = "{\"redacted\":true}"u8.ToArray() });
            await log.SetExpiryAsync(key, thread.Head!.UpdatedAt.AddYears(100));
            thread.AcceptExpiry(thread.Head!.UpdatedAt.AddYears(100));
            await log.ListAsync(new() { AsOf = default });
        }
    }
}

async Task ContendAsync(string id, int count)
{
    var key = ThreadKey.Of(id);
    for (var done = 0; done < count;)
    {
        var request = ThreadWriter.From(key, await log.ReadTailAsync(key)).Next();
        if ((await log.AppendAsync(request)).Outcome == AppendOutcome.Appended)
        {
            done++;
            await AcknowledgeAsync(request);
        }
    }
}

Task AcknowledgeAsync(AppendRequest request)
    => output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"ack {request.Entry.Key.Id} {request.Entry.Version} {request.Entry.CommitId}"));
