using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>What the tool writes besides tables.</summary>
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

    /// <summary>A table for people; bare where the output is read by a program or goes to a file.</summary>
    public static Table NewTable(this IAnsiConsole console, params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = console.Profile.Out.IsTerminal ? TableBorder.Rounded : TableBorder.None };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
        }

        return table;
    }

    /// <summary>Adds a row of stored text.</summary>
    public static void AddPlainRow(this Table table, params ReadOnlySpan<string> cells)
    {
        var row = new List<Text>(cells.Length);
        foreach (var cell in cells)
        {
            row.Add(new Text(Plain.OneLine(cell)));
        }

        table.AddRow(row);
    }
}
