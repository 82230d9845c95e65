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
