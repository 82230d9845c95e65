using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Holdfast.DynamoDb.Connecting;

/// <summary>Sends requests: tries again what may pass, within the time allowed, and turns what remains into Holdfast's errors.</summary>
internal sealed class Sender(IAmazonDynamoDB client, DynamoDbLogOptions options, string description)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    /// <summary>How long an address is tried where nothing listens, or whose host is not known: it is more likely wrong than about to come back.</summary>
    /// <remarks>Where something has answered, the service is away, and is waited for like after any other failure.</remarks>
    private static readonly TimeSpan PatienceWithNobody = TimeSpan.FromSeconds(2);

    private static readonly ResiliencePropertyKey<long> Begun = new("Holdfast.DynamoDb.Begun");
    private static readonly ResiliencePropertyKey<bool> MayBeDone = new("Holdfast.DynamoDb.MayBeDone");

    private static readonly ResiliencePropertyKey<bool> WasReached = new("Holdfast.DynamoDb.WasReached");

    private readonly Gate _gate = new();
    private volatile bool _wasReached;

    // The time allowed is looked at between attempts. An attempt that is under way is left its own time: cut short, it would leave an outcome unknown that is about to be known.
    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = options.TimeProvider }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(
                args.Outcome.Exception is { } e
                && Faults.IsPassing(e)
                && options.TimeProvider.GetElapsedTime(args.Context.Properties.GetValue(Begun, 0)) < PatienceWith(e, args.Context, options.Timeout)),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstDelay,
            MaxDelay = LongestDelay,
            MaxRetryAttempts = int.MaxValue,
        })
        .AddTimeout(options.RequestTimeout)
        .Build();

    /// <summary>Throws if the log was disposed of.</summary>
    public void ThrowIfDisposed() => _gate.ThrowIfClosed();

    /// <summary>Refuses further requests, and waits for those that are under way.</summary>
    public Task CloseAsync() => _gate.CloseAsync();

    /// <summary>Sends a request that only reads, or writes what may as well not be written.</summary>
    public Task<T> SendAsync<T>(string what, Func<IAmazonDynamoDB, CancellationToken, Task<T>> send, CancellationToken cancellationToken)
        => RunAsync(what, writes: false, send, cancellationToken);

    /// <summary>Sends a request that writes. Once it was sent it is not cancelled, so that its outcome is known.</summary>
    public Task<T> WriteAsync<T>(string what, Func<IAmazonDynamoDB, CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return RunAsync(what, writes: true, send, CancellationToken.None);
    }

    /// <summary>Waits before the next round of something that is not done yet.</summary>
    public Task PauseAsync(int round, CancellationToken cancellationToken)
        => Task.Delay(TimeSpan.FromMilliseconds(Math.Min(FirstDelay.TotalMilliseconds * Math.Pow(2, round - 1), LongestDelay.TotalMilliseconds)), options.TimeProvider, cancellationToken);

    // Whoever may have written something is told what became of it, if that can be found out in time.
    private static TimeSpan PatienceWith(Exception e, ResilienceContext context, TimeSpan timeout)
        => !context.Properties.GetValue(WasReached, false) && Unreachable.IsNobodyThere(e) && !context.Properties.GetValue(MayBeDone, false) && timeout > PatienceWithNobody ? PatienceWithNobody : timeout;

    private async Task<T> RunAsync<T>(string what, bool writes, Func<IAmazonDynamoDB, CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        Exception? last = null;
        var mayBeDone = false;
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Begun, options.TimeProvider.GetTimestamp());
        context.Properties.Set(WasReached, _wasReached);
        try
        {
            return await _pipeline.ExecuteAsync(
                async attempt =>
                {
                    _gate.Enter();
                    try
                    {
                        var answer = await send(client, attempt.CancellationToken).ConfigureAwait(false);
                        _wasReached = true;
                        return answer;
                    }
                    catch (Exception e)
                    {
                        last = e is OperationCanceledException ? last : e;
                        mayBeDone |= writes && Faults.Of(e) == Fault.Unknown;
                        context.Properties.Set(MayBeDone, mayBeDone);
                        throw;
                    }
                    finally
                    {
                        _gate.Leave();
                    }
                },
                context).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e, mayBeDone, cancellationToken))
        {
            throw Map(what, last ?? e, mayBeDone);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    // A condition that does not hold is for the caller to understand. What was cut short by the end of the log may have been done before.
    private static bool IsFailure(Exception e, bool mayBeDone, CancellationToken cancellationToken)
        => e is not AgentStateException
            && (e is not ObjectDisposedException || mayBeDone)
            && Faults.Of(e) != Fault.Condition
            && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested);

    private Exception Map(string what, Exception e, bool mayBeDone)
    {
        var service = e as AmazonServiceException;
        var inner = e;
        if (e is TransactionCanceledException { CancellationReasons: { } reasons } && reasons.Find(reason => IsTooLarge(reason.Message)) is not null || IsTooLarge(e.Message))
        {
            return new StateTooLargeException($"To {what} in {description} takes an item larger than the 400 KB that DynamoDB can hold.", e);
        }

        if (e is ResourceNotFoundException)
        {
            return new StateConfigurationException(
                $"To {what} failed because there is no {description}, or it has not the indexes that Holdfast needs. Create it as docs/dynamodb.md shows, or set DynamoDbLogOptions.CreateTable.", e);
        }

        if (service?.ErrorCode is "InvalidSignatureException" or "SignatureDoesNotMatch" or "IncompleteSignatureException")
        {
            // The text of these errors repeats the headers of the request, among them a session's token.
            inner = null;
        }

        var outcome = mayBeDone ? " Whether it was done is not known; repeating it settles that." : "";
        if (Unreachable.Describe(e, options.RequestTimeout) is { } cause)
        {
            return new StoreUnavailableException($"{description} cannot be reached to {what}: {cause}{outcome}", inner, mayBeDone);
        }

        return new StoreUnavailableException($"To {what} in {description} failed: {Describe(e)}.{outcome}", inner, mayBeDone);
    }

    private string Describe(Exception e) => e switch
    {
        TransactionCanceledException { CancellationReasons: { } reasons } => $"the transaction was cancelled ({string.Join(", ", reasons.Select(reason => reason.Code ?? "None"))})",
        AmazonServiceException { ErrorCode: { Length: > 0 } code } service => $"{code} (HTTP {(int)service.StatusCode}{(service.RequestId is { Length: > 0 } id ? $", request {id}" : "")}){Advice(code)}",
        _ => e.GetType().Name,
    };

    private static string Advice(string code) => code switch
    {
        "UnrecognizedClientException" or "InvalidSignatureException" or "SignatureDoesNotMatch" or "IncompleteSignatureException" or "InvalidClientTokenId"
            => ": the credentials are not known there. Check access key, secret and region",
        "ExpiredTokenException" or "ExpiredToken" => ": the session of the credentials is over. Renew it",
        "AccessDeniedException" => ": the credentials do not have the permissions that docs/dynamodb.md names",
        _ => "",
    };

    private static bool IsTooLarge(string? message)
        => message is not null && message.StartsWith("Item size", StringComparison.Ordinal) && message.Contains("exceeded", StringComparison.Ordinal);
}
