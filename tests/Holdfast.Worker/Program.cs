using System.Globalization;
using Holdfast.Worker;

// Commits to a log, and prints "ack <thread> <version> <commit id>" after each append that was acknowledged. An error ends it with "error <code> <outcome unknown>".
//   <store url> append <thread> <count>   appends as often as told; other processes may be at the same thread
//   <store url> forever <threads>         appends to threads of its own until it is killed
//   <store url> maintain <threads>        the same, with rewrites, changes of expiry and listings
//   <store url> archive <store url>       archives its threads one by one, and says "at <thread>" after each
//   <store url> chat <below|above|durable> <plain|stream> <message>   says the message in a chat, says "ready" once a function runs, and hangs there
//   <store url> turns <journal> <lease in ms>   says "ready", runs turns, says "at <thread>" where one hangs at its kill point; the line "quiet" holds all calls to the log, any other lets all go on and ends the work
//   <store url> wait ...                  says "ready" and does the rest once a line comes in
try
{
    await using var log = Logs.Open(args[0]);
    var rest = args.AsMemory(1);
    if (rest.Span is ["wait", ..])
    {
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        rest = rest[1..];
    }

    var writer = new AcknowledgingWriter(log, Console.Out);
    await (rest.ToArray() switch
    {
        ["append", var thread, var count] => writer.AppendAsync(thread, int.Parse(count, CultureInfo.InvariantCulture)),
        ["forever", var threads] => writer.AppendForeverAsync(int.Parse(threads, CultureInfo.InvariantCulture)),
        ["maintain", var threads] => new MaintainingWriter(log, writer).WorkForeverAsync(int.Parse(threads, CultureInfo.InvariantCulture)),
        ["archive", var archive] => ArchiveWorker.RunAsync(log, archive),
        ["chat", var state, var way, var message] => ChatWorker.SayAsync(log, state, way, message),
        ["turns", var journal, var lease] => TurnHost.RunAsync(log, journal, TimeSpan.FromMilliseconds(int.Parse(lease, CultureInfo.InvariantCulture))),
        _ => throw new ArgumentException($"'{string.Join(' ', args)}' is none of the ways to call this program."),
    });
    return 0;
}
catch (Holdfast.AgentStateException e)
{
    Console.WriteLine($"error {e.Code} {e is Holdfast.StoreUnavailableException { OutcomeUnknown: true }}");
    Console.Error.WriteLine(e);
    return 1;
}
