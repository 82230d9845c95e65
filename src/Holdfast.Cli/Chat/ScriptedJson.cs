using System.Text.Json.Serialization;

namespace Holdfast.Cli.Chat;

/// <summary>The JSON contract of the offline assistant's variables.</summary>
[JsonSerializable(typeof(List<string>))]
internal sealed partial class ScriptedJson : JsonSerializerContext;
