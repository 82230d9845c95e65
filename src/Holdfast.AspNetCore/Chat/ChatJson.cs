using System.Text.Json.Serialization;

namespace Holdfast;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChatText))]
[JsonSerializable(typeof(ChatQuestion[]))]
[JsonSerializable(typeof(ChatProblem))]
internal sealed partial class ChatJson : JsonSerializerContext;
