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
            var scope = IndexScope.Of(key);
            RedisKey[] all = [keys.Tenants(scope.Space), .. keys.WholeIndex(scope), .. IndexTerms.Read(terms).Select(term => keys.Term(scope, term))];
            error = await call.ExplainAsync(all, failure).ConfigureAwait(false);
            problem = error.Message;
        }

        warnings.TellOfIndex(key, problem, error);
    }
}
