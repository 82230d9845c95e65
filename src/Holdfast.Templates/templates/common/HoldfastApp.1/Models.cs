using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using OpenAI;

namespace HoldfastApp._1;

/// <summary>The model that answers.</summary>
public static class Models
{
    /// <summary>Makes the model that the setting <c>Model</c> names: <c>scripted</c>, or a model of OpenAI. Any other <see cref="IChatClient"/> fits here too.</summary>
    /// <exception cref="InvalidOperationException">The model needs a key, and there is none.</exception>
    public static IChatClient Create(IConfiguration configuration) => configuration["Model"] switch
    {
        null or "" or "scripted" => new ScriptedModel(),
        var name => new OpenAIClient(KeyFor(name, configuration)).GetChatClient(name).AsIChatClient(),
    };

    private static string KeyFor(string model, IConfiguration configuration)
        => configuration["OPENAI_API_KEY"] is { Length: > 0 } key
            ? key
            : throw new InvalidOperationException($"The model '{model}' needs a key: set the environment variable OPENAI_API_KEY, or the setting Model to 'scripted'.");
}
