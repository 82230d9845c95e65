using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Cli;

/// <summary>The kinds of stores that the tool can open. A new backend is one more call.</summary>
internal sealed class StoreSchemes(IReadOnlyList<StoreScheme> schemes)
{
    public static StoreSchemes BuiltIn { get; } = Make();

    public IReadOnlyList<StoreScheme> All => schemes;

    /// <summary>The forms of the URLs, for people.</summary>
    public string Forms => string.Join(", ", schemes.Select(scheme => scheme.Form));

    /// <summary>The kind of store that a URL asks for.</summary>
    /// <exception cref="ToolException">The tool does not know the scheme.</exception>
    public ToolStore Find(StoreUrl url)
        => schemes.FirstOrDefault(scheme => scheme.Names.Contains(url.Scheme)) is { } found
            ? new(found)
            : throw ToolException.Usage($"There is no store for '{url.Scheme}:' URLs.", $"Supported are {Forms}.");

    private static StoreSchemes Make()
    {
        var services = new ServiceCollection();
        services.AddHoldfast(holdfast => holdfast.AddSqlite().AddRedis().AddPostgres().AddDynamoDb());
        return new([.. services.Where(service => !service.IsKeyedService).Select(service => service.ImplementationInstance).OfType<StoreScheme>()]);
    }
}
