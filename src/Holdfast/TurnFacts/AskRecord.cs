using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>What is asked, as a record.</summary>
internal sealed record AskRecord
{
    public required string Prompt { get; init; }

    public string? Note { get; init; }

    public JsonElement? Payload { get; init; }

    public string? CallName { get; init; }

    public JsonElement? Arguments { get; init; }
}
