using System.Globalization;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>Walks through the candidates of one tenant in the order of the listing.</summary>
internal sealed class TenantScan(RedisCall call, RedisKeys keys, IndexConditions conditions, string tenant, ScanPosition start) : IIndexScan
{
    /// <summary>How many ids one call looks at, at most: more would keep the server from its other clients for too long.</summary>
    private const int Budget = 2000;

    private ScanPosition _position = start;

    public bool IsDone { get; private set; }

    public async Task<IReadOnlyList<Candidate>> NextAsync(int want, CancellationToken cancellationToken)
    {
        while (!IsDone)
        {
            var answer = (RedisResult[])(await call.RunAsync(
                RedisScripts.IndexFind, [keys.Index(tenant)], conditions.Arguments(_position, want, Budget), Access.Read, cancellationToken).ConfigureAwait(false))!;
            IsDone = (string?)answer[1] == "1";
            _position = ScanPosition.After((RedisValue)answer[2], (RedisValue)answer[3]);
            var found = (RedisValue[])answer[0]!;
            if (found.Length > 0)
            {
                return [.. found.Chunk(3).Select(Read)];
            }
        }

        return [];
    }

    private Candidate Read(RedisValue[] row)
        => new(ThreadKey.Of(tenant, ThreadId.Parse((string)row[0]!)), -long.Parse((string)row[1]!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), row[2]);
}
