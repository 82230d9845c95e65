using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;

namespace Holdfast.Redis.Writing;

/// <summary>Appends entries.</summary>
internal sealed class Appender(RedisConnection connection, RedisKeys keys, ThreadIndex index)
{
    private readonly ApartAppender _apart = new(index);

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var append = new PreparedAppend(request, keys);
        if (!connection.IsApart)
        {
            try
            {
                var answer = await call.RunAsync(RedisScripts.AppendIndexed, append.Keys, append.Arguments, Access.Write, CancellationToken.None).ConfigureAwait(false);
                return new AppendAnswer(answer).Read(append.Index);
            }
            catch (StoreUnavailableException e) when (e.InnerException is { } refusal && RedisErrors.IsCrossSlot(refusal))
            {
                connection.KeepApart();
            }
        }

        return await _apart.AppendAsync(call, append, request.KeepExpiry).ConfigureAwait(false);
    }
}
