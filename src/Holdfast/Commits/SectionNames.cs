namespace Holdfast;

/// <summary>The names of the sections that the typed faces use.</summary>
internal static class SectionNames
{
    public const string Variables = "variables";
    public const string Metadata = "metadata";
    public const string Todos = "todos";

    /// <summary>Each tool has a section of its own, so that two tools never meet.</summary>
    public const string ToolPrefix = "tools/";

    public static string OfTool(string tool) => ToolPrefix + tool;
}
