using System.Globalization;
using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>Reads <c>redis://</c> and <c>rediss://</c> URLs, also by their names <c>valkey://</c> and <c>valkeys://</c>. No error shows more of a URL than its scheme and the names of its parameters.</summary>
internal static class RedisUrl
{
    private const int DefaultPort = 6379;

    public static RedisLogOptions Read(string url)
    {
        var (scheme, rest) = Split(url, "://");
        var isTls = scheme switch
        {
            "redis" or "valkey" => false,
            "rediss" or "valkeys" => true,
            _ => throw Invalid("must begin with redis://, rediss://, valkey:// or valkeys://"),
        };
        var (address, query) = Split(rest ?? "", "?");
        var (authority, path) = Split(address, "/");
        var at = authority.LastIndexOf('@');
        var parsed = at < 0 ? new ConfigurationOptions() : ReadUser(authority[..at]);
        parsed.Ssl = isTls;
        parsed.ConnectRetry = 1;
        foreach (var server in authority[(at + 1)..].Split(','))
        {
            var (host, port) = SplitPort(server);
            parsed.EndPoints.Add(host, port);
        }

        var options = new RedisLogOptions { Parsed = parsed };
        if (!string.IsNullOrEmpty(path))
        {
            options.Database = int.TryParse(path, NumberStyles.None, CultureInfo.InvariantCulture, out var database)
                ? database
                : throw Invalid("has a path that is not the number of a database");
        }

        foreach (var parameter in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            Apply(options, parameter);
        }

        return options;
    }

    private static ConfigurationOptions ReadUser(string userInfo)
    {
        var (user, password) = Split(userInfo, ":");
        return new()
        {
            User = user is "" or "default" ? null : Uri.UnescapeDataString(user),
            Password = password is null ? null : Uri.UnescapeDataString(password),
        };
    }

    private static void Apply(RedisLogOptions options, string parameter)
    {
        var (name, value) = Split(parameter, "=");
        value = Uri.UnescapeDataString(value ?? "");
        switch (name)
        {
            case "prefix":
                options.KeyPrefix = value;
                break;
            case "timeout" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= TimeSpan.MaxValue.TotalSeconds / 2:
                options.CommandTimeout = TimeSpan.FromSeconds(seconds);
                break;
            case "timeout":
                throw Invalid("has a timeout that is not a number of seconds");
            default:
                throw Invalid($"has a parameter '{name}'; the parameters are prefix and timeout (in seconds)");
        }
    }

    private static (string Host, int Port) SplitPort(string server)
    {
        // An IPv6 address stands in brackets and has colons of its own.
        var colon = server.LastIndexOf(':');
        var hasPort = colon > server.LastIndexOf(']');
        var host = (hasPort ? server[..colon] : server).Trim('[', ']');
        var port = DefaultPort;
        if (host.Length == 0 || (hasPort && !(int.TryParse(server[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536)))
        {
            throw Invalid("must name a server as host or host:port");
        }

        return (Uri.UnescapeDataString(host), port);
    }

    private static (string Before, string? After) Split(string text, string separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + separator.Length)..]);
    }

    private static StateConfigurationException Invalid(string problem)
        => new($"A Redis URL {problem}. Expected redis://[user:password@]host[:port][/database][?prefix=…], or rediss:// for TLS.");
}
