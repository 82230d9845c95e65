using Spectre.Console;

namespace Holdfast.Cli.Chat;

/// <summary>Takes one line after the other, passes it on, and prints the answer: not before it is durable.</summary>
/// <remarks>A person gives commands with lines that begin with a slash. What a program pipes is said as it is.</remarks>
internal sealed class ChatLoop(ToolHost host, ChatTurns turns, ChatAgent agent, ThreadId thread, bool json)
{
    // What a decoder puts in the place of bytes that it cannot read.
    private const char Unreadable = '\uFFFD';

    private static readonly Style Prompt = new(Color.Green);

    public async Task<int> RunAsync()
    {
        if (host.IsInteractive)
        {
            await GoOnAsync();
        }

        var isSilent = true;
        while (await ReadAsync() is { } line)
        {
            isSilent &= string.IsNullOrWhiteSpace(line);
            if (!host.IsInteractive)
            {
                await SayAsync(line);
            }
            else if (!await TakeAsync(line))
            {
                break;
            }

            // What was said before the signal was answered; nothing more is taken.
            host.Interruption.Token.ThrowIfCancellationRequested();
        }

        if (!host.IsInteractive && isSilent)
        {
            await GoOnAsync();
        }

        return ExitCodes.Ok;
    }

    // What was left without an end is brought to it. A person sees that at the prompt; a program that says a line again gets it as the answer, and one that says nothing at the end.
    private async Task GoOnAsync()
    {
        try
        {
            if (await turns.GoOnAsync() is { } reply)
            {
                Print(reply);
            }
        }
        catch (Exception e) when (host.IsInteractive && CanTryAgain(e))
        {
            ErrorReport.Of(e).Print(host.Error, json);
        }
    }

    private static bool CanTryAgain(Exception error)
        => error is ToolException or StoreUnavailableException or StateTooLargeException or LeaseLostException or TurnEndedException;

    // What a person typed. A person can try again; a program that pipes lines is told at once, by the exit code, that one was not answered. False to leave.
    private async Task<bool> TakeAsync(string line)
    {
        var input = PromptLine.Of(line);
        try
        {
            switch (input.Kind)
            {
                case PromptLineKind.Leave:
                    return false;
                case PromptLineKind.Help:
                    Explain();
                    break;
                case PromptLineKind.UnknownCommand:
                    throw ToolException.Usage($"There is no command '{input.Text}'; nothing was said.", "/help lists the commands. A line that begins with // is said, with one slash.");
                default:
                    await SayAsync(input.Text.Contains(Unreadable, StringComparison.Ordinal)
                        ? throw ToolException.Input("The line has characters that are not UTF-8; nothing was said.", "Set the terminal to UTF-8.")
                        : input.Text);
                    break;
            }
        }
        catch (Exception e) when (CanTryAgain(e))
        {
            ErrorReport.Of(e).Print(host.Error, json);
        }

        return true;
    }

    private async Task SayAsync(string said)
    {
        if (string.IsNullOrWhiteSpace(said))
        {
            return;
        }

        await foreach (var reply in turns.SayAsync(said))
        {
            Print(reply);
        }
    }

    private void Print(ChatReply reply) => host.Output.WritePlain(json ? JsonText.Object(writer => Write(writer, reply)) : Plain.Lines(reply.Text));

    private void Explain()
    {
        host.Error.WriteStyled(agent.Introduction, Style.Plain);
        host.Error.WriteStyled("/help shows this. /exit, /quit or Ctrl-D leaves. //text says /text: a line that begins with one slash is a command.", Style.Plain);
    }

    private void Write(System.Text.Json.Utf8JsonWriter writer, ChatReply reply)
    {
        writer.WriteString("thread", thread.Value);
        writer.WriteString("role", reply.IsReply ? "assistant" : null);
        writer.WriteString("text", reply.Text);
        writer.WriteStrings("interrupts", reply.WaitsFor.Select(id => id.Value));
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
