namespace HoldfastApp._1;

/// <summary>Stands for the payment service: it pays nobody, and keeps in memory what it was asked for.</summary>
public sealed class SandboxPayments(ILogger<SandboxPayments> logger) : IPayments
{
    private readonly List<decimal> _refunds = [];

    public IReadOnlyList<decimal> Refunds => _refunds;

    public Task<string> RefundAsync(decimal amount, string idempotencyKey, CancellationToken cancellationToken)
    {
        _refunds.Add(amount);
        logger.LogInformation("Refunded {Amount}, idempotency key {Key}", amount, idempotencyKey);
        return Task.FromResult($"r-{idempotencyKey[^8..]}");
    }
}
