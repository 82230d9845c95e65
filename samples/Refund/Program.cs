using System.Globalization;
using Holdfast;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;
using Samples;

// An agent that asks a person before it pays. Two processes, which may be killed at any time and on any side:
//   dotnet run --project samples/Refund agent 1001 20     asks, and waits for an answer
//   dotnet run --project samples/Refund approver ann      shows what waits, and answers it
await using var store = new AgentStateStore(await SqliteCommitLog.OpenAsync("refund.db"));
switch (args)
{
    case ["agent", var order, var amount] when decimal.TryParse(amount, CultureInfo.InvariantCulture, out _):
        await RunAgentAsync(order, amount);
        return 0;
    case ["approver", var name]:
        await ApproveAsync(name);
        return 0;
    default:
        Console.Error.WriteLine("Usage: Refund agent ORDER AMOUNT | Refund approver NAME");
        return 1;
}

async Task RunAgentAsync(string order, string amount)
{
    IChatClient model = new ScriptedModel(Reply);    // or a real one

    #region agent
    AIFunction refund = DurableFunction.Create(
        (decimal amount, ToolContext tool) => Bank.RefundAsync(amount, tool.Step.IdempotencyKey),
        new() { Name = "refund", RequiresApproval = true, Audience = "finance" });

    // The same order and amount are the same turn: run again, it goes on, or says what came of it.
    var thread = store.Thread(ThreadId.Of("orders", order));
    var options = new TurnOptions { Key = $"refund {amount}" };
    while (true)
    {
        await using var turn = await thread.BeginTurnAsync($"Refund {amount}", options);
        try
        {
            if (!turn.IsReplay)
            {
                await turn.ReplyAndCompleteAsync(model, new() { Tools = [refund] });
            }

            Console.WriteLine(turn.Reply[^1].Text);
            return;
        }
        catch (TurnSuspendedException)
        {
            Console.WriteLine("Waits for an answer.");
        }

        // Nothing is held while it waits: this process could end here as well, and another one begin the turn again.
        await AnsweredAsync(turn);
    }
    #endregion
}

#region wait
async Task AnsweredAsync(Turn turn)
{
    await foreach (var told in store.Thread(turn.Session.Id).WatchAsync(turn.Session.Position))
    {
        if (await store.Interrupts.GetAsync(turn.Interrupts[0].Id) is not { State: InterruptState.Pending })
        {
            return;
        }
    }
}
#endregion

#region approver
async Task ApproveAsync(string name)
{
    await foreach (var waiting in store.Interrupts.ListAsync(new() { Audience = "finance" }))
    {
        var question = (await store.Interrupts.GetAsync(waiting.Id))!;
        Console.Write($"{question.Thread}: {question.Tool} {question.Arguments}? (y/n) ");
        var answer = Console.ReadLine() == "y" ? InterruptAnswer.Accept(by: name) : InterruptAnswer.Reject("not justified", by: name);
        try
        {
            await store.Interrupts.AnswerAsync(question.Id, answer);
        }
        catch (InterruptClosedException e)
        {
            Console.WriteLine(e.Message);    // somebody else was faster
        }
    }
}
#endregion

static AIContent Reply(IReadOnlyList<ChatMessage> conversation, ChatOptions options) => conversation[^1] switch
{
    { Role: var role } last when role == ChatRole.Tool => ScriptedModel.Say($"{last.Contents.OfType<FunctionResultContent>().Last().Result}"),
    { Text: ['R', 'e', 'f', 'u', 'n', 'd', ' ', .. var amount] } => ScriptedModel.Call("refund", ("amount", decimal.Parse(amount, CultureInfo.InvariantCulture))),
    _ => ScriptedModel.Say("How can I help?"),
};

/// <summary>Stands for a bank, which carries out each idempotency key once.</summary>
internal static class Bank
{
    public static async Task<string> RefundAsync(decimal amount, string idempotencyKey)
    {
        if (!File.Exists("bank.txt") || !File.ReadLines("bank.txt").Any(line => line.StartsWith(idempotencyKey, StringComparison.Ordinal)))
        {
            await File.AppendAllTextAsync("bank.txt", $"{idempotencyKey} {amount}\n");
        }

        return $"Refunded {amount}.";
    }
}
