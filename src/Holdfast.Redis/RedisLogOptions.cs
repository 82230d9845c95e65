using Holdfast.Redis.Connecting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Holdfast.Redis;

/// <summary>Where and how a <see cref="RedisCommitLog"/> stores.</summary>
/// <remarks>Either <see cref="Configuration"/> or <see cref="Connection"/> is set. <see cref="FromUrl"/> makes options from a URL.</remarks>
public sealed class RedisLogOptions
{
    private const int LongestPrefix = 200;
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    /// <summary>The configuration string of StackExchange.Redis, such as <c>redis-1:6379,redis-2:6379,password=…,ssl=true</c>.</summary>
    /// <value>The default is null: <see cref="Connection"/> is used.</value>
    public string? Configuration { get; set; }

    /// <summary>A connection of your own. The log neither configures nor disposes of it.</summary>
    /// <value>The default is null: the log connects by <see cref="Configuration"/>.</value>
    public IConnectionMultiplexer? Connection { get; set; }

    /// <summary>What the names of all keys begin with. It may not contain braces, which place keys in a cluster.</summary>
    /// <value>The default is <c>holdfast:</c>.</value>
    public string KeyPrefix { get; set; } = "holdfast:";

    /// <summary>The number of the database. A cluster has only 0.</summary>
    /// <value>The default is null: the one of the connection.</value>
    public int? Database { get; set; }

    /// <summary>How long a call waits for the answer of the server: more than zero, at most one hour. Connecting too, unless the configuration has a <c>connectTimeout</c>.</summary>
    /// <remarks>A connection of the log's own on which nothing has been answered for this time, though asked, is given up for a new one.</remarks>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether other processes are told of commits (PUBLISH, after them, at most 20 times a second), and whether a log whose threads are watched listens to others (SUBSCRIBE). Without it, watches look for
    /// themselves from time to time.
    /// </summary>
    /// <remarks>Users of an ACL need the channel <c>PREFIXhints:DATABASE</c>. Where they may not use it, nothing fails: watches look for themselves.</remarks>
    /// <value>The default is true.</value>
    public bool CommitHints { get; set; } = true;

    /// <summary>Where the log tells of what it found damaged without failing over it: threads that a listing left out, an index that could not be written.</summary>
    /// <value>The default is null: only <see cref="RedisCommitLog.GetWarningsAsync"/> tells. A host's own is used by <c>UseRedis</c>.</value>
    public ILogger? Logger { get; set; }

    /// <summary>What <see cref="FromUrl"/> has read.</summary>
    internal ConfigurationOptions? Parsed { get; set; }

    /// <summary>Reads options from a URL: <c>redis://[user:password@]host[:port][/database][?prefix=…]</c>, or <c>rediss://</c> for TLS.</summary>
    /// <remarks><c>valkey://</c> and <c>valkeys://</c> mean the same. More nodes of a cluster may follow the first, with commas between. What the URL has percent-encoded is decoded.</remarks>
    /// <exception cref="StateConfigurationException">The URL is not like this. The message never has its password.</exception>
    public static RedisLogOptions FromUrl(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return RedisUrl.Read(url);
    }

    /// <summary>What the keys begin with; never where the server is, which may be said together with a password.</summary>
    public override string ToString() => $"keys {KeyPrefix}*";

    internal RedisLogOptions Validated()
    {
        var parsed = Parsed;
        if (Configuration is not null)
        {
            parsed = Connection is null && parsed is null
                ? Parse(Configuration)
                : throw Invalid(nameof(Configuration), "and Connection are both set; set one of them");
        }
        else if (Connection is null && parsed is null)
        {
            throw Invalid(nameof(Configuration), "or Connection says where the server is, and neither is set");
        }

        ArgumentNullException.ThrowIfNull(KeyPrefix);
        if (KeyPrefix.AsSpan().ContainsAny('{', '}') || KeyPrefix.Length > LongestPrefix)
        {
            throw Invalid(nameof(KeyPrefix), $"cannot contain braces and has at most {LongestPrefix} characters; it is '{KeyPrefix}'");
        }

        if (Database < 0)
        {
            throw Invalid(nameof(Database), $"cannot be negative; it is {Database}");
        }

        if (CommandTimeout <= TimeSpan.Zero || CommandTimeout > LongestTimeout)
        {
            throw Invalid(nameof(CommandTimeout), $"must be more than zero and at most one hour, not {CommandTimeout}");
        }

        return new() { Parsed = parsed, Connection = Connection, KeyPrefix = KeyPrefix, Database = Database, CommandTimeout = CommandTimeout, CommitHints = CommitHints, Logger = Logger };
    }

    private static ConfigurationOptions Parse(string configuration)
    {
        if (configuration.Contains("://", StringComparison.Ordinal))
        {
            throw Invalid(nameof(Configuration), "is a configuration string of StackExchange.Redis, such as 'localhost:6379'; for a URL use RedisLogOptions.FromUrl");
        }

        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(configuration);
            if (!configuration.Contains("connectRetry", StringComparison.OrdinalIgnoreCase))
            {
                // Stores repeat their calls, with waits between them.
                options.ConnectRetry = 1;
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Neither the text nor the error that quotes it: there may be a password in it.
            throw Invalid(nameof(Configuration), "has an option that StackExchange.Redis does not know or a value out of its range (the text is not shown because it may hold a password)");
        }

        return options.EndPoints.Count > 0 ? options : throw Invalid(nameof(Configuration), "names no server");
    }

    private static StateConfigurationException Invalid(string property, string problem) => new($"RedisLogOptions.{property} {problem}.");
}
