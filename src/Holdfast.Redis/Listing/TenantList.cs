using System.Text;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Keys;
using StackExchange.Redis;

namespace Holdfast.Redis.Listing;

/// <summary>Reads which tenants have threads in a space, in order of their bytes.</summary>
internal sealed class TenantList(RedisCall call, RedisKeys keys, ThreadSpace space, string? from)
{
    private const int PageSize = 512;
    private readonly RedisKey _tenants = keys.Tenants(space);
    private RedisValue _from = from is null ? "-" : "[" + from;

    public bool IsDone { get; private set; }

    public async Task<IReadOnlyList<string>> NextAsync(CancellationToken cancellationToken)
    {
        var answer = await call.SendAsync(
            call.ExecuteAsync("ZRANGEBYLEX", _tenants, _from, "+", "LIMIT", 0, PageSize), _tenants, "list tenants", Access.Read, cancellationToken).ConfigureAwait(false);
        var names = Array.ConvertAll((RedisValue[])answer!, name => (byte[])name!);
        IsDone = names.Length < PageSize;
        if (names.Length > 0)
        {
            _from = (byte[])[(byte)'(', .. names[^1]];
        }

        return [.. names.Select(Read).OfType<string>()];
    }

    /// <summary>The name of a tenant; null for what none can have, which is left out.</summary>
    private static string? Read(byte[] name)
    {
        var text = Encoding.UTF8.GetString(name);
        try
        {
            ThreadKey.Of(text, "x");
        }
        catch (InvalidIdentifierException)
        {
            return null;
        }

        return Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(name) ? text : null;
    }
}
