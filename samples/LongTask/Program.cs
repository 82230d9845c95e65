using System.Globalization;
using Holdfast;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;
using Samples;

// A task of many steps. Whatever happens to its process, it goes on after the last step that was done:
//   dotnet run --project samples/LongTask           begins, or goes on; kill it whenever you like
//   dotnet run --project samples/LongTask pause     from another terminal: it stops after the step that it is at
//   dotnet run --project samples/LongTask status
//   dotnet run --project samples/LongTask 50        the same with 50 ms for each step instead of 1,000
const int Chapters = 10;
IChatClient model = new ScriptedModel(Reply);    // or a real one

#region store
await using var store = new AgentStateStore(await SqliteCommitLog.OpenAsync("long-task.db"));
var thread = store.Thread("books/moby-dick");
#endregion

switch (args)
{
    case ["pause"]:
        #region pause
        await store.UpdateAsync(thread.Id, session => session.Variables.Set("paused", true));
        #endregion
        break;
    case ["status"]:
        #region status
        var state = await thread.LoadAsync();
        foreach (var todo in state?.Todos ?? [])
        {
            Console.WriteLine($"{todo.Content}: {todo.Status}");
        }
        #endregion

        break;
    case []:
        await RunAsync(TimeSpan.FromSeconds(1));
        break;
    case [var pace] when int.TryParse(pace, CultureInfo.InvariantCulture, out var milliseconds):
        await RunAsync(TimeSpan.FromMilliseconds(milliseconds));
        break;
    default:
        Console.Error.WriteLine("Usage: LongTask [pause | status | MILLISECONDS]");
        return 1;
}

return 0;

#region run
async Task RunAsync(TimeSpan pace)
{
    // One process at a time. A second one waits here, and takes over at once when the first has died.
    await using var lease = await thread.AcquireAsync();
    var session = await lease.OpenAsync();
    if (session.Todos.Count == 0)
    {
        // The plan is part of the state, as is what was done of it.
        for (var chapter = 1; chapter <= Chapters; chapter++)
        {
            session.Todos.Add($"Translate chapter {chapter}");
        }
    }

    session.Variables.Remove("paused");
    await session.CommitAsync("begin");
    var left = session.Todos.Where(todo => todo.Status != TodoStatus.Completed).ToList();
    Console.WriteLine($"{left.Count} of {session.Todos.Count} steps are left.");
    foreach (var todo in left)
    {
        if (session.Variables.Get("paused", false))
        {
            Console.WriteLine("Paused. Run it again to go on.");
            return;
        }

        await Task.Delay(pace, TimeProvider.System, lease.Lost);
        var reply = await model.GetResponseAsync(todo.Content, cancellationToken: lease.Lost);

        // The result, and that it is done, are one commit. What others changed meanwhile, such as a wish to pause, is seen after it.
        session.Records.Put(todo.Content, reply.Text);
        session.Todos.SetStatus(todo.Id, TodoStatus.Completed);
        await session.CommitAsync(todo.Content);
        Console.WriteLine($"{todo.Content}: {reply.Text}");
    }

    session.Status = ThreadStatus.Completed;
    await session.CommitAsync("done");
    Console.WriteLine("Done.");
}
#endregion

static AIContent Reply(IReadOnlyList<ChatMessage> conversation, ChatOptions options) => ScriptedModel.Say(conversation[^1].Text.Replace("Translate chapter", "Kapitel", StringComparison.Ordinal));
