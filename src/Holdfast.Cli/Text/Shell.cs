using System.Buffers;

namespace Holdfast.Cli;

/// <summary>Writes words as a shell reads them.</summary>
internal static class Shell
{
    private static readonly SearchValues<char> Safe = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,");

    public static string Quote(string word)
        => word.Length > 0 && word[0] != '-' && !word.AsSpan().ContainsAnyExcept(Safe) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
