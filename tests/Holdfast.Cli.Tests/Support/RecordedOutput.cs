using System.Text;
using Spectre.Console;

namespace Holdfast.Cli.Tests;

/// <summary>An output stream that keeps what is written to it.</summary>
internal sealed class RecordedOutput(bool isTerminal, int width) : IAnsiConsoleOutput, IDisposable
{
    private readonly StringWriter _writer = new() { NewLine = "\n" };

    public TextWriter Writer => _writer;

    public bool IsTerminal => isTerminal;

    public int Width => isTerminal ? width : 10_000;

    public int Height => 24;

    public string Text => _writer.ToString();

    public IAnsiConsole Open() => AnsiConsole.Create(new()
    {
        Out = this,
        Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = isTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    });

    public void Dispose() => _writer.Dispose();

    public void SetEncoding(Encoding encoding)
    {
    }
}
