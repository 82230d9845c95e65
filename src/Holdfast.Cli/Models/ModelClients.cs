using System.ClientModel;
using Anthropic;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Holdfast.Cli.Models;

/// <summary>Makes the clients of models, from the official SDKs and the usual environment variables.</summary>
internal static class ModelClients
{
    public static IChatClient Create(ModelChoice model, ToolHost host) => model.Provider switch
    {
        ModelProvider.Anthropic => CreateAnthropic(model, host),
        _ => CreateOpenAI(model, host),
    };

    // The SDK itself reads ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL and its profiles.
    private static IChatClient CreateAnthropic(ModelChoice model, ToolHost host)
    {
        var client = host.Variable("ANTHROPIC_API_KEY") is { } key ? new AnthropicClient { ApiKey = key } : new AnthropicClient();
        return (model.Endpoint is { } endpoint ? client.WithOptions(options => options with { BaseUrl = endpoint.ToString().TrimEnd('/') }) : client).AsIChatClient(model.Name);
    }

    private static OpenAIChatClient CreateOpenAI(ModelChoice model, ToolHost host)
    {
        var endpoint = model.Endpoint ?? (host.Variable("OPENAI_BASE_URL") is { } url && Uri.TryCreate(url, UriKind.Absolute, out var address) ? address : null);
        var key = host.Variable("OPENAI_API_KEY") ?? (endpoint is not null
            ? "none"
            : throw new ToolException(
                ErrorCodes.InvalidConfiguration,
                ExitCodes.Usage,
                $"{model} needs a key, and OPENAI_API_KEY is not set.",
                "Set it, or name a server that needs none with --endpoint."));
        var options = new OpenAIClientOptions { OrganizationId = host.Variable("OPENAI_ORG_ID"), ProjectId = host.Variable("OPENAI_PROJECT_ID") };
        if (endpoint is not null)
        {
            options.Endpoint = endpoint;
        }

        return new(new OpenAIClient(new ApiKeyCredential(key), options), model.Name, endpoint);
    }
}
