using Spectre.Console;

namespace Holdfast.Cli.Chat;

/// <summary>Takes one line after the other, passes it on, and prints the answer: not before it is durable.</summary>
internal sealed class ChatLoop(ToolHost host, IAssistant assistant, ThreadId thread, bool json)
{
    private static readonly Style Prompt = new(Color.Green);

    public async Task<int> RunAsync()
    {
        while (await ReadAsync() is { } line)
        {
            if (host.IsInteractive && line.Trim() is "/exit" or "/quit")
            {
                break;
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                await TurnAsync(line);
            }

            // What was said before the signal was answered; nothing more is taken.
            host.Interruption.Token.ThrowIfCancellationRequested();
        }

        return ExitCodes.Ok;
    }

    private async Task TurnAsync(string line)
    {
        string reply;
        try
        {
            reply = await assistant.ReplyAsync(line);
        }
        catch (Exception e) when (host.IsInteractive && e is ToolException { ExitCode: ExitCodes.ModelFailed } or StoreUnavailableException or StateTooLargeException)
        {
            // A person can try again. A program that pipes lines is told at once, by the exit code, that one was not answered.
            ErrorReport.Of(e).Print(host.Error, json);
            return;
        }

        host.Output.WritePlain(json ? JsonText.Object(writer => WriteReply(writer, reply)) : Plain.Lines(reply));
    }

    private void WriteReply(System.Text.Json.Utf8JsonWriter writer, string reply)
    {
        writer.WriteString("thread", thread.Value);
        writer.WriteString("role", "assistant");
        writer.WriteString("text", reply);
    }

    // Null at the end of the input. A person who presses Ctrl-C at the prompt leaves as with /exit.
    private async Task<string?> ReadAsync()
    {
        if (!host.IsInteractive)
        {
            return await NextLineAsync();
        }

        host.Error.Write(new Text("> ", Prompt));
        try
        {
            var line = await NextLineAsync();
            if (line is null)
            {
                host.Error.WriteLine();
            }

            return line;
        }
        catch (OperationCanceledException)
        {
            host.Error.WriteLine();
            return null;
        }
    }

    // Reading a terminal or a pipe cannot be cancelled; it is left behind when a signal comes.
    private Task<string?> NextLineAsync() => Task.Run(host.Input.ReadLine).WaitAsync(host.Interruption.Token);
}
