using System.Text.Json;

namespace Holdfast;

/// <summary>What users are told when a value does not fit: what is there, what was asked for, and never the value itself.</summary>
internal static class ValueErrors
{
    /// <summary>Says why a stored value is not a <paramref name="type"/>.</summary>
    public static string CannotRead(ReadOnlySpan<byte> json, Type type, string path, Exception error)
    {
        var place = (error as JsonException)?.Path;
        if (!error.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
        {
            return $"{path} cannot be read as {NameOf(type)}{(place is null or "$" ? "" : $", at {place}")}: {WithoutPlace(error.Message)}";
        }

        if (place is not (null or "$"))
        {
            return $"{path} cannot be read as {NameOf(type)}: the value at {place} is of another type.";
        }

        var kind = KindOf(json);
        return kind == "a number" && IsNumber(type)
            ? $"{path} is a number that is no {NameOf(type)}: it is too large, too small or not whole."
            : $"{path} is {kind}; it was read as {NameOf(type)}.";
    }

    /// <summary>Says why a value of <paramref name="type"/> has no JSON form.</summary>
    public static string CannotStore(Type type, string path, Exception error)
        => error.Message.Contains("AllowNamedFloatingPointLiterals", StringComparison.Ordinal)
            ? $"{path} cannot be stored: JSON has no NaN and no infinity. Store null or a text instead."
            : $"{path} cannot be stored: {NameOf(type)} cannot be turned into JSON: {WithoutPlace(error.Message)}";

    private static string KindOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new() { MaxDepth = Utf8Json.MaxBodyDepth });
        return !reader.Read() ? "nothing" : reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "a boolean",
            _ => "null",
        };
    }

    private static bool IsNumber(Type type)
        => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) is >= TypeCode.SByte and <= TypeCode.Decimal && !type.IsEnum;

    private static string NameOf(Type type)
        => type.IsArray ? $"{NameOf(type.GetElementType()!)}[]"
            : type.Name.IndexOf('`', StringComparison.Ordinal) is var end and > 0 ? $"{type.Name[..end]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
            : type.Name;

    // Serializers end their messages with ` Path: $.x | LineNumber: 0 | BytePositionInLine: 6.`
    private static string WithoutPlace(string message)
        => message.IndexOf(" Path: ", StringComparison.Ordinal) is var end and > 0 ? message[..end] : message;
}
