namespace Holdfast.Cli.Models;

/// <summary>Which model to talk to, and where.</summary>
/// <param name="Provider">Whose API it has.</param>
/// <param name="Name">The provider's name of the model.</param>
/// <param name="Endpoint">Another server with the provider's API; null for the provider's own.</param>
internal sealed record ModelChoice(ModelProvider Provider, string Name, Uri? Endpoint)
{
    private const string Expected = "A model is named anthropic:NAME or openai:NAME.";

    /// <exception cref="ToolException">The text names no model, or the endpoint is no HTTP address.</exception>
    public static ModelChoice Parse(string text, string? endpoint)
    {
        Uri? address = null;
        if (endpoint is not null && !(Uri.TryCreate(endpoint, UriKind.Absolute, out address) && address.Scheme is "http" or "https"))
        {
            throw ToolException.Usage($"--endpoint must be an address that begins with http:// or https://; it is '{endpoint}'.");
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (provider, name) = (colon < 0 ? "" : text[..colon].ToLowerInvariant()) switch
        {
            "anthropic" => (ModelProvider.Anthropic, text[(colon + 1)..]),
            "openai" => (ModelProvider.OpenAI, text[(colon + 1)..]),

            // Servers of one's own have models whose names have colons; which API they speak is clear.
            _ when address is not null => (ModelProvider.OpenAI, text),
            _ => throw ToolException.Usage($"'{text}' names no model.", Expected),
        };
        return name.Length > 0 ? new(provider, name, address) : throw ToolException.Usage($"'{text}' names no model.", Expected);
    }

    public override string ToString() => $"{Provider.ToString().ToLowerInvariant()}:{Name}";
}
