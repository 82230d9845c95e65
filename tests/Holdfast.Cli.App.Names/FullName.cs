namespace Holdfast.Cli.App.Names;

/// <summary>The name of a person, in its parts.</summary>
public static class FullName
{
    public static (string First, string Last) Split(string name) => name.Split(' ', 2) is [var first, var last] ? (first, last) : (name, "");
}
