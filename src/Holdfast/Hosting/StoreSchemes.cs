using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast;

/// <summary>The kinds of stores that were added to a service collection.</summary>
internal sealed class StoreSchemes(IEnumerable<StoreScheme> schemes)
{
    /// <summary>What adds the schemes of our own backends, for those who did not call it.</summary>
    private static readonly (string[] Names, string Call, string Package)[] Elsewhere =
    [
        (["sqlite"], "AddSqlite", "Holdfast.Sqlite"),
        (["redis", "rediss", "valkey", "valkeys"], "AddRedis", "Holdfast.Redis"),
        (["postgres", "postgresql"], "AddPostgres", "Holdfast.Postgres"),
        (["dynamodb"], "AddDynamoDb", "Holdfast.DynamoDb"),
    ];

    public static StoreSchemes Of(IServiceProvider services) => new(services.GetServices<StoreScheme>());

    /// <summary>Makes the log at a URL.</summary>
    /// <param name="url">The URL; null or blank where a setting is missing.</param>
    /// <param name="setting">Where the URL comes from, for errors.</param>
    /// <exception cref="StateConfigurationException">There is no URL, nothing knows its scheme, or it cannot be used.</exception>
    public ICommitLog Open(string? url, string setting)
    {
        if (string.IsNullOrWhiteSpace(url))
        {
            throw new StateConfigurationException($"{setting} has no store URL. Set it to one such as {string.Join(", ", schemes.Select(scheme => scheme.Form))}.");
        }

        var parsed = StoreUrl.Parse(url);
        var found = schemes.LastOrDefault(scheme => scheme.Names.Contains(parsed.Scheme, StringComparer.Ordinal));
        return found is null ? throw new StateConfigurationException(Unknown(parsed.Scheme)) : found.Open(parsed);
    }

    private string Unknown(string scheme)
    {
        var known = string.Join(", ", schemes.Select(one => one.Form));
        var elsewhere = Elsewhere.FirstOrDefault(backend => backend.Names.Contains(scheme, StringComparer.Ordinal));
        return $"There is no store for '{scheme}:' URLs. " + (elsewhere.Call is { } call
            ? $"Call {call}() on the builder of AddHoldfast; it is in the package {elsewhere.Package}. Known so far: {known}."
            : $"Known: {known}. Backends add theirs: {string.Join(", ", Elsewhere.Select(backend => $"{backend.Call}()"))}.");
    }
}
