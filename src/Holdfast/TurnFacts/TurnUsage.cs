using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>How many tokens the replies of a turn took.</summary>
internal sealed record TurnUsage([property: JsonPropertyName("i")] long? Input, [property: JsonPropertyName("o")] long? Output, [property: JsonPropertyName("t")] long? Total);
