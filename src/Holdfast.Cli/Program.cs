using System.Text;
using Holdfast.Cli;

var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
Console.OutputEncoding = utf8;
if (!StandardHandles.HasError)
{
    Console.SetError(TextWriter.Null);
}

var isInteractive = !Console.IsInputRedirected && !(Console.IsOutputRedirected && Console.IsErrorRedirected);
if (isInteractive)
{
    Console.InputEncoding = utf8;
}

using var interruption = Interruption.BySignals();

// Not disposed of: a signal leaves a thread behind that waits for the next line, and the reader of a terminal would wait for that thread.
var input = isInteractive ? Console.In : new Utf8LineReader(OpenInput());
var host = new ToolHost
{
    Input = input,
    OpenInput = OpenInput,
    OpenOutput = StandardOutput.OpenForBundle,
    Output = TerminalOutput.Open(Console.IsOutputRedirected ? new StreamWriter(StandardOutput.Open(), utf8) { AutoFlush = true } : Console.Out, !Console.IsOutputRedirected),
    Error = TerminalOutput.Open(Console.Error, !Console.IsErrorRedirected),
    IsInteractive = isInteractive,
    Interruption = interruption,
};

// What the code of an application prints is no part of an answer.
Console.SetOut(Console.Error);
return await new ToolApp(host).RunAsync(args);

static Stream OpenInput() => StandardHandles.HasInput ? Console.OpenStandardInput() : Stream.Null;
