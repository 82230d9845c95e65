using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast;

/// <summary>How values of a type are turned into JSON and back, where a caller does not say it.</summary>
internal static class JsonTypes
{
    [RequiresUnreferencedCode("Uses reflection over the type."), RequiresDynamicCode("Uses reflection over the type.")]
    public static JsonTypeInfo<T> Of<T>(JsonSerializerOptions options)
    {
        if (!options.IsReadOnly)
        {
            options.MakeReadOnly(populateMissingResolver: true);
        }

        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }
}
