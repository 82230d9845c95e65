using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Compare.Protocol;

/// <summary>How requests and answers are written.</summary>
internal static class Lines
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, Options) ?? throw new FormatException($"A line has no object: '{line}'.");
}
