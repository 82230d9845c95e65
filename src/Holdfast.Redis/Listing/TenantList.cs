using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>Reads which tenants there are, in order of their bytes.</summary>
internal sealed class TenantList(RedisCall call, RedisKeys keys, string? from)
{
    private const int PageSize = 512;
    private RedisValue _from = from is null ? "-" : "[" + from;

    public bool IsDone { get; private set; }

    public async Task<IReadOnlyList<string>> NextAsync(CancellationToken cancellationToken)
    {
        var answer = await call.SendAsync(
            [call.ExecuteAsync("ZRANGEBYLEX", keys.Tenants, _from, "+", "LIMIT", 0, PageSize)], "list tenants", Access.Read, cancellationToken).ConfigureAwait(false);
        var tenants = (string[])answer[0]!;
        IsDone = tenants.Length < PageSize;
        if (tenants.Length > 0)
        {
            _from = "(" + tenants[^1];
        }

        return tenants;
    }
}
