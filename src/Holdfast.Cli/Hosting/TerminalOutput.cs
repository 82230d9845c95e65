using System.Text;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>One of the process's own output streams.</summary>
internal sealed class TerminalOutput(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
{
    // What goes to a file or to another program is not wrapped.
    public const int Unlimited = 10_000;

    public TextWriter Writer => writer;

    public bool IsTerminal => isTerminal;

    public int Width => isTerminal && WindowSize(() => Console.BufferWidth) is > 0 and var width ? width : Unlimited;

    public int Height => isTerminal && WindowSize(() => Console.WindowHeight) is > 0 and var height ? height : 24;

    public static IAnsiConsole Open(TextWriter writer, bool isTerminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new TerminalOutput(writer, isTerminal),
        Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
    });

    public void SetEncoding(Encoding encoding)
    {
        // Always UTF-8, see Program.
    }

    private static int WindowSize(Func<int> read)
    {
        try
        {
            return read();
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
