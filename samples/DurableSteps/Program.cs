using System.Diagnostics;
using Holdfast;
using Holdfast.Sqlite;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

// A job of several steps, each done once. Kill it in the middle, and run it again:
//   dotnet run --project samples/DurableSteps 1001 crash     dies after the card was charged, before that is known
//   dotnet run --project samples/DurableSteps 1001           goes on: the card is charged once
//   dotnet run --project samples/DurableSteps 1001           does nothing more
if (args is not [var order, ..])
{
    Console.Error.WriteLine("Usage: DurableSteps ORDER [crash]");
    return 1;
}

#region telemetry
// Everything that Holdfast tells is named "Holdfast". Here it goes to the console; AddOtlpExporter() sends it to a collector instead.
using var traces = Sdk.CreateTracerProviderBuilder().AddSource("Holdfast").AddConsoleExporter().Build();
using var metrics = Sdk.CreateMeterProviderBuilder().AddMeter("Holdfast").AddConsoleExporter().Build();
#endregion

#region job
await using var store = new AgentStateStore(await SqliteCommitLog.OpenAsync("durable-steps.db"));
await using var turn = await store.Thread(ThreadId.Of("orders", order)).BeginTurnAsync([], new() { Key = "fulfil" });
if (!turn.IsReplay)
{
    var receipt = await turn.RunOnceAsync("charge", async (step, cancellationToken) =>
    {
        var charged = await Shop.DoAsync("charged", step.IdempotencyKey, cancellationToken);
        Shop.CrashIf(args is [_, "crash"]);
        return charged;
    });
    await turn.RunOnceAsync("ship", (step, cancellationToken) => Shop.DoAsync("shipped", step.IdempotencyKey, cancellationToken), new() { MaxAttempts = 3 });
    await turn.RunOnceAsync("mail", (step, cancellationToken) => Shop.DoAsync($"mailed {receipt}", step.IdempotencyKey, cancellationToken));
    await turn.CompleteAsync();
}
#endregion

foreach (var step in await store.Thread(turn.Session.Id).StepsAsync(turn.Id))
{
    Console.WriteLine($"{step.Key}: {step.State}");
}

return 0;

/// <summary>Stands for services that carry out each idempotency key once.</summary>
internal static class Shop
{
    public static async Task<string> DoAsync(string what, string idempotencyKey, CancellationToken cancellationToken)
    {
        if (!File.Exists("shop.txt") || !File.ReadLines("shop.txt").Any(line => line.StartsWith(idempotencyKey, StringComparison.Ordinal)))
        {
            await File.AppendAllTextAsync("shop.txt", $"{idempotencyKey} {what}\n", cancellationToken);
        }

        return $"receipt-{idempotencyKey[^6..]}";
    }

    // As power failures do: nothing is cleaned up, nothing is said.
    public static void CrashIf(bool wanted)
    {
        if (wanted)
        {
            Process.GetCurrentProcess().Kill();
        }
    }
}
