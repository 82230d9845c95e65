namespace Holdfast.Cli.Models;

/// <summary>Whose API a model has.</summary>
internal enum ModelProvider
{
    Anthropic,
    OpenAI,
}
