using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>Threads that could not be copied, exported or imported.</summary>
internal static class CopyFailures
{
    public static void Print(IAnsiConsole console, string what, IEnumerable<CopyFailure> failures)
    {
        foreach (var failure in failures)
        {
            console.WriteStyled(Plain.OneLine($"{what}: {failure.Key}: {failure.Error.Message}"), new Style(Color.Red));
        }
    }

    public static void Write(Utf8JsonWriter writer, IEnumerable<CopyFailure> failures)
    {
        writer.WriteStartArray("failures");
        foreach (var failure in failures)
        {
            writer.WriteStartObject();
            writer.WriteString("tenant", failure.Key.Tenant);
            writer.WriteString("thread", failure.Key.Id.Value);
            writer.WriteString("error", failure.Error.Code);
            writer.WriteString("message", failure.Error.Message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
