using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Holdfast.Logs;

/// <summary>Repeats the calls to another log that failed, as long as repeating them is safe.</summary>
/// <remarks>
/// Appends are: the log knows a commit by its id. So are reads, and changes by maintenance without a condition that they themselves end. An erasure whose outcome is unknown is not, since
/// the answer of the second one would not tell whether there had been a thread.
/// </remarks>
internal sealed class RetryingLog : ICommitLog
{
    private readonly ICommitLog _log;
    private readonly ResiliencePipeline _retry;

    public RetryingLog(ICommitLog log, RetryOptions options, ILogger logger)
    {
        _log = log;
        _retry = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<StoreUnavailableException>(),
                MaxRetryAttempts = options.MaxRetries,
                Delay = options.Delay,
                MaxDelay = options.MaxDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = retry =>
                {
                    Telemetry.Retried();
                    StoreLog.Retrying(logger, _log.Description, retry.AttemptNumber + 1, options.MaxRetries, retry.RetryDelay, retry.Outcome.Exception!);
                    return default;
                },
            })
            .Build();
    }

    public LogCapabilities Capabilities => _log.Capabilities;

    public string Description => _log.Description;

    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => CallAsync(token => _log.AppendAsync(request, token), cancellationToken);

    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => CallAsync(token => _log.ReadTailAsync(request, token), cancellationToken);

    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => CallAsync(token => _log.GetHeadAsync(request, token), cancellationToken);

    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => CallAsync(token => _log.ListAsync(query, token), cancellationToken);

    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => update.IfRevision is null && update.IfUnchanged is null
            ? CallAsync(token => _log.UpdateHeadAsync(update, token), cancellationToken)
            : _log.UpdateHeadAsync(update, cancellationToken);

    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => request.IfUnchanged is null
            ? CallAsync(token => _log.RewriteAsync(request, token), cancellationToken)
            : _log.RewriteAsync(request, cancellationToken);

    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => _log.EraseAsync(request, cancellationToken);

    public T? GetService<T>()
        where T : class
        => this as T ?? _log.GetService<T>();

    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var rest = request;
        IAsyncEnumerator<LogEntry>? entries = null;
        try
        {
            while (await CallAsync(MoveNextAsync, cancellationToken).ConfigureAwait(false))
            {
                var entry = entries!.Current;
                rest = request.Direction == ReadDirection.Forward ? rest with { From = entry.Version + 1 } : rest with { To = entry.Version - 1 };
                yield return entry;
            }
        }
        finally
        {
            await CloseAsync().ConfigureAwait(false);
        }

        // A reading that failed is over; another one begins where it ended.
        async ValueTask<bool> MoveNextAsync(CancellationToken token)
        {
            entries ??= _log.ReadAsync(rest, cancellationToken).GetAsyncEnumerator(token);
            try
            {
                return await entries.MoveNextAsync().ConfigureAwait(false);
            }
            catch (StoreUnavailableException)
            {
                await CloseAsync().ConfigureAwait(false);
                throw;
            }
        }

        async ValueTask CloseAsync()
        {
            var (over, _) = (entries, entries = null);
            if (over is not null)
            {
                await over.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    private async ValueTask<T> CallAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        StoreUnavailableException failed;
        try
        {
            return await call(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e)
        {
            failed = e;
        }

        return await GoOnAsync(call, failed, cancellationToken).ConfigureAwait(false);
    }

    // The try that failed is the first one of the pipeline, which nearly every call thus does without.
    private async ValueTask<T> GoOnAsync<T>(Func<CancellationToken, ValueTask<T>> call, StoreUnavailableException failed, CancellationToken cancellationToken)
    {
        var isFirst = true;
        var unsettled = failed.OutcomeUnknown ? failed : null;
        try
        {
            return await _retry.ExecuteAsync(TryAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (unsettled is not null && e is OperationCanceledException or StoreUnavailableException { OutcomeUnknown: false })
        {
            // Once the outcome of one try is unknown, that of the whole call is, until a later try settles it.
            throw new StoreUnavailableException($"{unsettled.Message} It was tried again, and that failed: {e.Message}", e, outcomeUnknown: true);
        }

        async ValueTask<T> TryAsync(CancellationToken token)
        {
            if (isFirst)
            {
                isFirst = false;
                ExceptionDispatchInfo.Throw(failed);
            }

            try
            {
                return await call(token).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (e.OutcomeUnknown)
            {
                unsettled = e;
                throw;
            }
        }
    }
}
