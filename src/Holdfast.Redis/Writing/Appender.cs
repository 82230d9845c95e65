using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Maintenance;

namespace Holdfast.Redis.Writing;

/// <summary>Appends entries.</summary>
internal sealed class Appender(RedisConnection connection, RedisKeys keys, ThreadIndex index, LogWarnings warnings)
{
    private readonly ApartAppender _apart = new(connection, index, warnings);
    private readonly IndexFailures _failures = new(keys, warnings);

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        AppendRules.Check(request);
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var append = new PreparedAppend(request, keys);
        if (!connection.IsApart)
        {
            try
            {
                var answer = new AppendAnswer(await call.RunAsync(RedisScripts.AppendIndexed, append.Keys, append.Arguments, Access.Write, CancellationToken.None).ConfigureAwait(false));
                var result = answer.Read(append, connection.Where);
                if (answer.IndexFailure is { } failure)
                {
                    await _failures.TellAsync(call, append.Key, append.Index.Terms, failure).ConfigureAwait(false);
                }

                return result;
            }
            catch (StoreUnavailableException e) when (e.InnerException is { } refusal && RedisErrors.IsCrossSlot(refusal))
            {
                connection.KeepApart();
            }
        }

        return await _apart.AppendAsync(call, append).ConfigureAwait(false);
    }
}
