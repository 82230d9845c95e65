using System.Text.Json.Serialization;

namespace Holdfast.Compare.Protocol;

/// <summary>What a contestant is asked to do: one JSON object a line, on its standard input.</summary>
internal sealed record Request(
    [property: JsonPropertyName("do")] string Work,
    IReadOnlyList<string>? Threads = null,
    int History = 0,
    int Turns = 0,
    double Seconds = 60,
    bool Acknowledge = false);
