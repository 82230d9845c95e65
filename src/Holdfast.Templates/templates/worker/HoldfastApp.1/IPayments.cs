namespace HoldfastApp._1;

/// <summary>The payment service.</summary>
public interface IPayments
{
    /// <summary>Pays an amount back, once for each key, and returns the receipt.</summary>
    Task<string> RefundAsync(decimal amount, string idempotencyKey, CancellationToken cancellationToken);
}
