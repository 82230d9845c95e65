using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>What the tool writes besides listings.</summary>
internal static class ConsoleExtensions
{
    /// <summary>Writes text as it is, without wrapping, and brings it on its way at once.</summary>
    public static void WritePlain(this IAnsiConsole console, string text)
    {
        var writer = console.Profile.Out.Writer;
        writer.Write(text);
        writer.Write('\n');
        writer.Flush();
    }

    /// <summary>Writes what is different between two points: coloured where the console has colours.</summary>
    public static void WriteDiff(this IAnsiConsole console, ThreadDiff diff, bool json)
        => console.WritePlain(json ? diff.ToJson() : diff.ToText(console.Profile.Capabilities.Ansi && console.Profile.Capabilities.ColorSystem != ColorSystem.NoColors).TrimEnd('\n'));

    /// <summary>Writes a line of text, in a style where the console has styles. It is not wrapped where nobody watches.</summary>
    public static void WriteStyled(this IAnsiConsole console, string text, Style style)
    {
        if (console.Profile.Out.IsTerminal)
        {
            console.Write(new Text(text, style));
            console.WriteLine();
        }
        else
        {
            console.WritePlain(text);
        }
    }
}
