using System.Text.Json;

namespace Holdfast;

/// <summary>What the turn waits for.</summary>
internal sealed record ChatQuestion(string Id, string Kind, string Name, string Prompt, string? Tool, JsonElement? Arguments)
{
    public static ChatQuestion Of(Interrupt asked) => new(asked.Id.ToString(), asked.Kind, asked.Name, asked.Prompt, asked.Tool, asked.Arguments);
}
