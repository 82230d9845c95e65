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
            var thread = IsNamed(failure) ? $"{failure.Key}: " : "";
            console.WriteStyled(Plain.OneLine($"{what}: {thread}{failure.Error.Message}"), new Style(Color.Red));
        }
    }

    public static void Write(Utf8JsonWriter writer, IEnumerable<CopyFailure> failures)
    {
        writer.WriteStartArray("failures");
        foreach (var failure in failures)
        {
            writer.WriteStartObject();
            writer.WriteString("tenant", IsNamed(failure) ? failure.Key.Tenant : null);
            writer.WriteString("thread", IsNamed(failure) ? failure.Key.Id.Value : null);
            writer.WriteString("error", failure.Error.Code);
            writer.WriteString("message", failure.Error.Message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    // Of what no listing can read, not even the id may be known.
    private static bool IsNamed(CopyFailure failure) => failure.Key.Id.Value.Length > 0;
}
