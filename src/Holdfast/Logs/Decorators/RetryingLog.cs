using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Holdfast.Logs;

/// <summary>Repeats the calls to another log that failed, as long as repeating them is safe.</summary>
/// <remarks>
/// Reads and appends always are: the log knows a commit by its id. So are changes by maintenance that have no condition which they themselves end. Conditional changes and
/// erasures are repeated only when the failure says that nothing was written: after a lost answer, the next answer would be that of the second try.
/// </remarks>
internal sealed class RetryingLog(ICommitLog log, RetryOptions options, ILogger logger) : ICommitLog
{
    public LogCapabilities Capabilities => log.Capabilities;

    public string Description => log.Description;

    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => CallAsync(token => log.AppendAsync(request, token), isRepeatable: true, cancellationToken);

    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => CallAsync(token => log.ReadTailAsync(request, token), isRepeatable: true, cancellationToken);

    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => CallAsync(token => log.GetHeadAsync(request, token), isRepeatable: true, cancellationToken);

    public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
        => CallAsync(token => log.ListAsync(query, token), isRepeatable: true, cancellationToken);

    public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
        => CallAsync(token => log.UpdateHeadAsync(update, token), update.IfRevision is null && update.IfUnchanged is null, cancellationToken);

    public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
        => CallAsync(token => log.RewriteAsync(request, token), request.IfUnchanged is null, cancellationToken);

    public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
        => CallAsync(token => log.EraseAsync(request, token), isRepeatable: false, cancellationToken);

    public T? GetService<T>()
        where T : class
        => this as T ?? log.GetService<T>();

    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var rest = request;
        IAsyncEnumerator<LogEntry>? entries = null;
        try
        {
            while (await CallAsync(MoveNextAsync, isRepeatable: true, cancellationToken).ConfigureAwait(false))
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

        // An enumeration that failed is over; another one begins where it ended.
        async ValueTask<bool> MoveNextAsync(CancellationToken token)
        {
            entries ??= log.ReadAsync(rest, cancellationToken).GetAsyncEnumerator(token);
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

    public ValueTask DisposeAsync() => log.DisposeAsync();

    // isRepeatable: whether the call can be made again even if it is not known what became of it.
    private async ValueTask<T> CallAsync<T>(Func<CancellationToken, ValueTask<T>> call, bool isRepeatable, CancellationToken cancellationToken)
    {
        StoreUnavailableException? unsettled = null;
        for (var retry = 1; ; retry++)
        {
            try
            {
                return await call(cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (retry <= options.MaxRetries && (isRepeatable || !e.OutcomeUnknown))
            {
                unsettled = e.OutcomeUnknown ? e : unsettled;
                var delay = DelayBefore(retry);
                Telemetry.Retried();
                // Where the last repetition fails too, the exception is thrown with all that is known.
                StoreLog.Retrying(logger, log.Description, e.Message, retry, options.MaxRetries, delay);
                await WaitAsync(delay, unsettled, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (unsettled is not null && e is OperationCanceledException or StoreUnavailableException { OutcomeUnknown: false })
            {
                throw Unsettled(unsettled!, e);
            }
        }
    }

    // Full jitter, so that callers whose calls failed together do not come back together: anything from zero to twice the time that doubles with each retry.
    // The wait is for a server, so it follows the real clock.
    private TimeSpan DelayBefore(int retry)
    {
        var window = Math.Min(options.Delay.TotalSeconds * Math.Pow(2, retry), options.MaxDelay.TotalSeconds);
        return TimeSpan.FromSeconds(window * Random.Shared.NextDouble());
    }

    private static async ValueTask WaitAsync(TimeSpan delay, StoreUnavailableException? unsettled, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(delay, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (unsettled is not null)
        {
            throw Unsettled(unsettled, e);
        }
    }

    // Once the outcome of one try is unknown, that of the whole call is, until a later try settles it.
    private static StoreUnavailableException Unsettled(StoreUnavailableException first, Exception last)
        => new($"{first.Message} It was tried again, and that failed: {last.Message}", last, outcomeUnknown: true);
}
