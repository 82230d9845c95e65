using System.ClientModel;
using Anthropic;
using Anthropic.Credentials;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Holdfast.Cli.Models;

/// <summary>Makes the clients of models, from the official SDKs and the usual environment variables.</summary>
internal static class ModelClients
{
    /// <exception cref="ToolException">The provider needs a key, and none is set.</exception>
    public static IChatClient Create(ModelChoice model, ToolHost host) => model.Provider switch
    {
        ModelProvider.Anthropic => CreateAnthropic(model, host),
        _ => CreateOpenAI(model, host),
    };

    // The SDK itself reads ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL and its profiles.
    private static IChatClient CreateAnthropic(ModelChoice model, ToolHost host)
    {
        var key = host.Variable("ANTHROPIC_API_KEY");
        if (key is null && model.Endpoint is null && host.Variable("ANTHROPIC_AUTH_TOKEN") is null && host.Variable("ANTHROPIC_BASE_URL") is null && !HasAnthropicProfile())
        {
            throw KeyMissing(model, "ANTHROPIC_API_KEY");
        }

        var client = key is not null ? new AnthropicClient { ApiKey = key } : new AnthropicClient();
        return (model.Endpoint is { } endpoint ? client.WithOptions(options => options with { BaseUrl = endpoint.ToString().TrimEnd('/') }) : client).AsIChatClient(model.Name);
    }

    private static IChatClient CreateOpenAI(ModelChoice model, ToolHost host)
    {
        var endpoint = model.Endpoint ?? (host.Variable("OPENAI_BASE_URL") is { } url && Uri.TryCreate(url, UriKind.Absolute, out var address) ? address : null);
        var key = host.Variable("OPENAI_API_KEY") ?? (endpoint is not null ? "none" : throw KeyMissing(model, "OPENAI_API_KEY"));
        var options = new OpenAIClientOptions { OrganizationId = host.Variable("OPENAI_ORG_ID"), ProjectId = host.Variable("OPENAI_PROJECT_ID") };
        if (endpoint is not null)
        {
            options.Endpoint = endpoint;
        }

        return new OpenAIClient(new ApiKeyCredential(key), options).GetChatClient(model.Name).AsIChatClient();
    }

    // A profile that cannot be read is there all the same: what is wrong with it is told by the call.
    private static bool HasAnthropicProfile()
    {
        try
        {
            return AnthropicCredentials.Resolve() is not null;
        }
        catch (Exception)
        {
            return true;
        }
    }

    private static ToolException KeyMissing(ModelChoice model, string variable) => new(
        ErrorCodes.InvalidConfiguration,
        ExitCodes.Usage,
        $"{model} needs a key, and {variable} is not set.",
        "Set it, or name a server that needs none with --endpoint.");
}
