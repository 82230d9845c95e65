using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using Holdfast.Redis.Maintenance;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>Tells that a script which changed a thread could not write the index too.</summary>
internal sealed class IndexFailures(RedisKeys keys, LogWarnings warnings)
{
    public async Task TellAsync(RedisCall call, ThreadKey key, byte[] terms, string failure)
    {
        var (problem, error) = (failure, (Exception?)null);
        if (RedisErrors.IsOfAnotherKind(failure))
        {
            RedisKey[] all = [keys.Tenants, .. keys.WholeIndex(key.Tenant), .. IndexTerms.Read(terms).Select(term => keys.Term(key.Tenant, term))];
            error = await call.ExplainAsync(all, failure).ConfigureAwait(false);
            problem = error.Message;
        }

        warnings.TellOfIndex(key, problem, error);
    }
}
