using Holdfast;
using Microsoft.Extensions.AI;

namespace HoldfastApp._1;

/// <summary>Carries out one request. It may run again from the top, after a wait or a crash: replies, results and answers that are recorded are not made again.</summary>
public sealed class RefundHandler(IChatClient model, IPayments payments, ILogger<RefundHandler> logger) : ITurnHandler
{
    private const string Instructions = "You handle refunds. Call 'refund' with the amount that the customer asks for, and say what came of it.";

    public async Task RunAsync(Turn turn, CancellationToken cancellationToken)
    {
        logger.LogInformation("{Request} {Begins}", turn.Key, turn.IsResumed ? "goes on" : "begins");

        // Where a person is asked, this throws TurnSuspendedException. The turn then waits in the store, for as long as it takes.
        await turn.ReplyAsync(model, new() { Instructions = Instructions, Tools = [Refund()] }, cancellationToken);
        logger.LogInformation("{Request} is done", turn.Key);
    }

    // A crash between payment and record pays again with the same key. The payment service carries out each key once, so the money moves once.
    private AIFunction Refund() => DurableFunction.Create(
        async (decimal amount, ToolContext tool, CancellationToken cancellationToken) =>
        {
            var receipt = await payments.RefundAsync(amount, tool.Step.IdempotencyKey, cancellationToken);
            return FormattableString.Invariant($"Refunded {amount}, receipt {receipt}.");
        },
        new() { Name = "refund", Description = "Pays an amount back to the customer.", RequiresApproval = true });
}
