using System.Globalization;
using Holdfast.Redis.Connecting;
using StackExchange.Redis;

namespace Holdfast.Redis.Maintenance;

/// <summary>Looks for settings of the servers under which acknowledged commits can be lost, and for clocks that differ.</summary>
internal sealed class ServerInspection(RedisConnection connection, TimeProvider time)
{
    private static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(10);
    private static readonly Version Oldest = new(6, 2);

    /// <summary>What was found, each with a code where it is about how a server is set up, and not about how it fares.</summary>
    public async Task<IReadOnlyList<ServerFinding>> InspectAsync(CancellationToken cancellationToken)
    {
        using var call = await connection.EnterAsync(cancellationToken).ConfigureAwait(false);
        var findings = new List<ServerFinding>();
        foreach (var name in call.Multiplexer.GetEndPoints(configuredOnly: false))
        {
            var server = call.Multiplexer.GetServer(name);
            try
            {
                await InspectAsync(server, findings, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e) when (RedisServers.IsForAdministration(e))
            {
                findings.Add(new($"{RedisServers.NameOf(name)}: its settings are not known, because INFO and CONFIG GET need a connection with 'allowAdmin=true'."));
            }
            catch (StoreUnavailableException e)
            {
                findings.Add(new(e.Message));
            }
        }

        return findings;
    }

    private async Task InspectAsync(IServer server, List<ServerFinding> findings, CancellationToken cancellationToken)
    {
        var name = RedisServers.NameOf(server.EndPoint);
        await CompareClocksAsync(name, server, findings, cancellationToken).ConfigureAwait(false);
        var general = await RedisServers.InfoAsync(connection, server, "server", cancellationToken).ConfigureAwait(false);
        if (Version.TryParse(general.GetValueOrDefault("redis_version"), out var version) && version < Oldest)
        {
            findings.Add(new($"{name}: Redis {version} is too old; {Oldest} or newer is needed."));
        }

        var persistence = await RedisServers.InfoAsync(connection, server, "persistence", cancellationToken).ConfigureAwait(false);
        if (persistence.GetValueOrDefault("aof_enabled") == "0")
        {
            findings.Add(new($"{name}: append-only is off, so a crash loses every commit since the last snapshot.", "Set 'appendonly yes'.", AdviceCodes.RedisAppendOnly));
        }
        else
        {
            AddFsync(name, await SettingAsync(server, "appendfsync", cancellationToken).ConfigureAwait(false), findings);
        }

        if (persistence.GetValueOrDefault("aof_last_write_status") == "err")
        {
            findings.Add(new($"{name}: the last write to the append-only file failed.", "Look at the server's log and the room on its disk."));
        }

        var memory = await RedisServers.InfoAsync(connection, server, "memory", cancellationToken).ConfigureAwait(false);
        AddMemory(name, memory.GetValueOrDefault("maxmemory"), memory.GetValueOrDefault("maxmemory_policy"), memory.GetValueOrDefault("used_memory"), findings);
    }

    private async Task CompareClocksAsync(string name, IServer server, List<ServerFinding> findings, CancellationToken cancellationToken)
    {
        var (before, began) = (time.GetUtcNow(), TimeProvider.System.GetTimestamp());
        var answer = (RedisValue[])(await RedisServers.AskAsync(connection, server, ["TIME"], cancellationToken).ConfigureAwait(false))!;
        var there = DateTimeOffset.FromUnixTimeSeconds((long)answer[0]);

        // The answer may have been made at any time of the wait.
        var ahead = before - there - TimeSpan.FromSeconds(1);
        var behind = there - before - TimeProvider.System.GetElapsedTime(began);
        if (ahead > MostSkew || behind > MostSkew)
        {
            findings.Add(new(
                $"{name}: its clock says {there:u} and that of this process {before:u}. Threads expire too early or too late by as much, and commits whose expiry has been past for the server for a day are refused.",
                "Set the clocks right."));
        }
    }

    private static void AddFsync(string name, string? policy, List<ServerFinding> findings)
    {
        switch (policy)
        {
            case "everysec":
                findings.Add(new($"{name}: 'appendfsync everysec' loses up to about two seconds of acknowledged commits when the machine fails.", "'appendfsync always' loses none.", AdviceCodes.RedisFsync));
                break;
            case "no":
                findings.Add(new($"{name}: 'appendfsync no' loses what the operating system has not written yet, often half a minute of commits, when the machine fails.", "Set 'appendfsync always'.", AdviceCodes.RedisFsync));
                break;
            case null:
                findings.Add(new($"{name}: whether 'appendfsync' is 'always' could not be found out; the server does not allow CONFIG GET."));
                break;
            default:
                break;
        }
    }

    private static void AddMemory(string name, string? limit, string? policy, string? used, List<ServerFinding> findings)
    {
        if (!long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var most) || most == 0)
        {
            return;
        }

        if (policy is not (null or "noeviction"))
        {
            findings.Add(new($"{name}: 'maxmemory-policy {policy}' may evict threads, or parts of them, when memory is short.", "Set 'maxmemory-policy noeviction'.", AdviceCodes.RedisEviction));
        }

        if (long.TryParse(used, NumberStyles.None, CultureInfo.InvariantCulture, out var taken) && taken > most / 10 * 9)
        {
            findings.Add(new($"{name}: {taken} of {most} bytes of 'maxmemory' are in use; above it, commits are refused or threads evicted."));
        }
    }

    /// <summary>A setting of the server; null when it does not tell.</summary>
    private async Task<string?> SettingAsync(IServer server, string name, CancellationToken cancellationToken)
    {
        try
        {
            var found = (RedisValue[]?)await RedisServers.AskAsync(connection, server, ["CONFIG", "GET", name], cancellationToken).ConfigureAwait(false);
            return found is [_, var value] ? (string?)value : null;
        }
        catch (StoreUnavailableException)
        {
            // Many hosted servers have no CONFIG.
            return null;
        }
    }
}
