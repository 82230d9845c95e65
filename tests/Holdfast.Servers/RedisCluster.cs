using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Servers;

/// <summary>A Redis Cluster of three masters, each of which has a third of the slots.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16384;
    private static readonly TimeSpan FormTimeout = Patience.Limit;

    // How long a node may be silent before the others take it for gone: a busy machine may let it wait.
    private static readonly string NodeTimeout = Patience.Call.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);

    private readonly List<RedisServer> _masters = [];

    private RedisCluster()
    {
    }

    public IReadOnlyList<RedisServer> Masters => _masters;

    /// <summary>Hosts and ports of all masters, as configuration strings have them.</summary>
    public string Addresses => string.Join(',', _masters.Select(master => master.Address));

    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        try
        {
            await cluster.FormAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var master in _masters)
        {
            await master.DisposeAsync();
        }
    }

    private async Task FormAsync()
    {
        const int Count = 3;
        var buses = new List<int>();
        for (var i = 0; i < Count; i++)
        {
            buses.Add(Ports.Take());
            _masters.Add(await RedisServer.StartAsync(
                "--cluster-enabled", "yes", "--cluster-node-timeout", NodeTimeout, "--cluster-port", buses[i].ToString(CultureInfo.InvariantCulture)));
        }

        for (var i = 0; i < Count; i++)
        {
            var (from, to) = (Slots * i / Count, (Slots * (i + 1) / Count) - 1);
            await ExpectOkAsync(_masters[i], "CLUSTER", "ADDSLOTSRANGE", from.ToString(CultureInfo.InvariantCulture), to.ToString(CultureInfo.InvariantCulture));
            await ExpectOkAsync(_masters[i], "CLUSTER", "SET-CONFIG-EPOCH", (i + 1).ToString(CultureInfo.InvariantCulture));
        }

        for (var i = 1; i < Count; i++)
        {
            await ExpectOkAsync(
                _masters[0], "CLUSTER", "MEET", "127.0.0.1", _masters[i].Port.ToString(CultureInfo.InvariantCulture), buses[i].ToString(CultureInfo.InvariantCulture));
        }

        var started = Stopwatch.GetTimestamp();
        while (!(await Task.WhenAll(_masters.Select(KnowsAllAsync))).All(knows => knows))
        {
            if (Stopwatch.GetElapsedTime(started) > FormTimeout)
            {
                throw new InvalidOperationException($"The cluster does not form: {await _masters[0].SendAsync("CLUSTER", "NODES")}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static async Task<bool> KnowsAllAsync(RedisServer master)
    {
        var info = await master.SendAsync("CLUSTER", "INFO");
        return info.Contains("cluster_state:ok", StringComparison.Ordinal)
            && info.Contains("cluster_slots_ok:16384", StringComparison.Ordinal)
            && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal);
    }

    private static async Task ExpectOkAsync(RedisServer server, params IReadOnlyList<string> command)
    {
        var answer = await server.SendAsync(command);
        if (answer != "+OK")
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} to {server.Address}: {answer}");
        }
    }
}
