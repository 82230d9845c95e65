using Spectre.Console;
using Spectre.Console.Rendering;

namespace Holdfast.Cli;

/// <summary>Rows of stored text for people: a table, and a list on a terminal that is too narrow for it. Bare where a program reads it or it goes to a file.</summary>
/// <param name="columns">The headings. The first names the row in a list.</param>
internal sealed class Listing(params string[] columns)
{
    private static readonly Style Heading = new(decoration: Decoration.Bold);

    private readonly List<string[]> _rows = [];

    /// <summary>Whether the last column may be wrapped, between words, for the table to fit.</summary>
    public bool LastColumnWraps { get; init; }

    public void Add(params ReadOnlySpan<string> cells)
    {
        var row = new string[columns.Length];
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = Plain.OneLine(cells[i]);
        }

        _rows.Add(row);
    }

    public void Print(IAnsiConsole console)
    {
        var table = NewTable(console);
        if (!console.Profile.Out.IsTerminal || WidthOf(table, console) <= console.Profile.Width)
        {
            console.Write(table);
            return;
        }

        foreach (var row in _rows)
        {
            var facts = columns.Zip(row).Skip(1).Where(cell => cell.Second.Length > 0 && cell.Second != "-").Select(cell => $"{Name(cell.First)} {cell.Second}");
            console.WriteStyled($"{columns[0]} {row[0]}", Heading);
            console.Write(new Padder(new Text(string.Join(" · ", facts)), new Padding(2, 0, 0, 0)));
        }
    }

    private Table NewTable(IAnsiConsole console)
    {
        var table = new Table { Border = console.Profile.Out.IsTerminal ? TableBorder.Rounded : TableBorder.None };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, Heading)));
        }

        foreach (var row in _rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        return table;
    }

    // The columns that a table needs so that no cell is torn.
    private int WidthOf(Table table, IAnsiConsole console)
    {
        var width = Measure(table, console).Max;
        if (!LastColumnWraps)
        {
            return width;
        }

        var cells = _rows.Select(row => Measure(new Text(row[^1]), console)).Append(Measure(new Text(columns[^1]), console)).ToList();
        return width - cells.Max(cell => cell.Max) + cells.Max(cell => cell.Min);
    }

    private static Measurement Measure(IRenderable renderable, IAnsiConsole console) => renderable.Measure(RenderOptions.Create(console), TerminalOutput.Unlimited);

    private static string Name(string column) => char.ToLowerInvariant(column[0]) + column[1..];
}
