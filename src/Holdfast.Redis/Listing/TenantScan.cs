using System.Globalization;
using System.Text;
using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Keys;
using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>Walks through the candidates of one tenant in the order of the listing.</summary>
internal sealed class TenantScan(RedisCall call, RedisKeys keys, ThreadIndex index, IndexConditions conditions, string tenant, ScanPosition start) : IIndexScan
{
    /// <summary>How many ids one call looks at, at most: more would keep the server from its other clients for too long.</summary>
    private const int Budget = 2000;

    /// <summary>Further away, in milliseconds, than any instant.</summary>
    private const long Impossible = 1L << 52;

    private readonly IndexScope _scope = new(conditions.Space, tenant);
    private readonly RedisKey[] _keys = conditions.Keys(keys, new(conditions.Space, tenant));
    private ScanPosition _position = start;

    public bool IsDone { get; private set; }

    public async Task<IReadOnlyList<Candidate>> NextAsync(int want, CancellationToken cancellationToken)
    {
        while (!IsDone)
        {
            var answer = (RedisResult[])(await call.RunAsync(
                RedisScripts.IndexFind, _keys, conditions.Arguments(_position, want, Budget), Access.Read, cancellationToken).ConfigureAwait(false))!;
            IsDone = (string?)answer[1] == "1";
            _position = ScanPosition.After((RedisValue)answer[2], (RedisValue)answer[3]);
            var found = new List<Candidate>();
            foreach (var row in ((RedisValue[])answer[0]!).Chunk(3))
            {
                if (Read(row) is { } candidate)
                {
                    found.Add(candidate);
                }
                else
                {
                    // No thread can have such an id, so nothing is lost with it.
                    await index.ForgetSeenAsync(call, _scope, row[0], row[2], conditions.Needed).ConfigureAwait(false);
                }
            }

            if (found.Count > 0)
            {
                return found;
            }
        }

        return [];
    }

    private Candidate? Read(RedisValue[] row)
    {
        var (bytes, score) = ((byte[])row[0]!, row[1]);
        var text = Encoding.UTF8.GetString(bytes);
        if (!Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(bytes))
        {
            return null;
        }

        try
        {
            return new(ThreadKey.Of(_scope.Space, _scope.Tenant, text), ReadTime((string?)score), score, row[2]);
        }
        catch (InvalidIdentifierException)
        {
            return null;
        }
    }

    // A score that is damaged stands for the nearest time that can be.
    private long ReadTime(string? score)
        => double.TryParse(score?.Replace("inf", "Infinity", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? Math.Clamp(conditions.Order.Score((long)Math.Clamp(number, -Impossible, Impossible)), Instants.First, Instants.Last)
            : 0;
}
