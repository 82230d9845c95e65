using Holdfast;
using HoldfastApp._1;

// A worker that carries out requests, and asks a person before it pays. Any number of them may run over one store.
//   dotnet run                        runs the worker
//   dotnet run -- submit "Refund 20"  submits a request, whether a worker runs or not
//   dotnet run -- approvals           lists what waits for a person
//   dotnet run -- approve ID          lets it go on; 'reject ID' does not
//   dotnet run -- show REQUEST        shows what became of a request
const string Run = "dotnet run --project HoldfastApp.1 --";
try
{
    using var host = ProgramHost.Build(args);
    var desk = host.Services.GetRequiredService<RequestDesk>();
    switch (args)
    {
        case [] or [['-', '-', ..], ..]:
            await host.RunAsync();
            break;
        case ["submit", { Length: > 0 } text]:
            var request = await desk.SubmitAsync(text);
            Console.WriteLine($"Submitted as {request}. Next: {Run} approvals, or {Run} show {request}");
            break;
        case ["approvals"]:
            var count = 0;
            await foreach (var waiting in desk.WaitingAsync())
            {
                Console.WriteLine($"{waiting.Id}  {waiting.Thread}: {waiting.Tool}({waiting.Arguments}), since {waiting.RaisedAt:u}");
                count++;
            }

            Console.WriteLine(count == 0 ? "Nothing waits for a person." : $"Next: {Run} approve ID, or {Run} reject ID REASON");
            break;
        case ["approve", var id]:
            await desk.ApproveAsync(id, Environment.UserName);
            Console.WriteLine("Approved.");
            break;
        case ["reject", var id, .. var reason]:
            await desk.RejectAsync(id, string.Join(' ', reason), Environment.UserName);
            Console.WriteLine("Rejected.");
            break;
        case ["show", var id]:
            Console.WriteLine(await desk.ShowAsync(id));
            break;
        default:
            Console.Error.WriteLine("Nothing to run the worker, or one of: submit TEXT | approvals | approve ID | reject ID [REASON] | show REQUEST");
            return 2;
    }

    return 0;
}
catch (Exception e) when (e is AgentStateException or InvalidOperationException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
