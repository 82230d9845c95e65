using Holdfast;
using HoldfastApp._1;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

// An agent that remembers. It may be ended at any time, also in the middle of a reply: dotnet run
// Another conversation: dotnet run -- --thread work
try
{
    using var host = ProgramHost.Build(args);
    var store = host.Services.GetRequiredService<AgentStateStore>();
    var agent = host.Services.GetRequiredService<RememberingAgent>();
    var thread = host.Services.GetRequiredService<IConfiguration>()["thread"] ?? "default";

    var known = await store.Thread(thread).GetInfoAsync();
    Console.WriteLine($"Conversation '{thread}' with {known?.MessageCount ?? 0} messages so far. An empty line ends the program.");
    while (Ask() is { Length: > 0 } text)
    {
        try
        {
            Console.WriteLine(await agent.SayAsync(thread, text));
        }
        catch (Exception e)
        {
            // What was said is stored. Said once more, it is answered, and not stored twice.
            Console.Error.WriteLine($"No answer: {e.Message}");
        }
    }

    return 0;
}
catch (Exception e) when (e is AgentStateException or InvalidOperationException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static string? Ask()
{
    if (!Console.IsInputRedirected)
    {
        Console.Write("> ");
    }

    return Console.ReadLine()?.Trim();
}
