using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>The JSON contract of what the engine keeps of turns.</summary>
[JsonSerializable(typeof(TurnDocument))]
[JsonSerializable(typeof(QueuedDocument))]
[JsonSerializable(typeof(StepDocument))]
[JsonSerializable(typeof(InterruptDocument))]
[JsonSerializable(typeof(LeaseDocument))]
[JsonSerializable(typeof(TurnRecord))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(long[]))]
[JsonSerializable(typeof(AskRecord))]
internal sealed partial class TurnJson : JsonSerializerContext
{
    public static TurnJson Compact { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new JsonStringEnumConverter<TurnState>(JsonNamingPolicy.CamelCase),
            new JsonStringEnumConverter<StepState>(JsonNamingPolicy.CamelCase),
            new JsonStringEnumConverter<InterruptState>(JsonNamingPolicy.CamelCase),
        },
    });
}
