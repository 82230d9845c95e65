using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast interrupts show</c></summary>
internal sealed class InterruptsShowCommand : ToolCommand
{
    private readonly Argument<InterruptId> _id = Inputs.Interrupt();

    public InterruptsShowCommand(ToolHost host, GlobalOptions global)
        : base("show", "Show all that is known of an interrupt: what is asked, the call with its arguments, and the answer.", host, global)
        => Arguments.Add(_id);

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var id = invocation.Get(_id);
        var interrupt = await invocation.Store.Interrupts.GetAsync(id, cancellationToken)
            ?? throw new ToolException(
                ErrorCodes.InterruptNotFound,
                ExitCodes.NotFound,
                $"There is no interrupt '{id}'.",
                invocation.Missing ?? "`holdfast interrupts list` lists those that wait for an answer. Of those that are closed, each thread keeps the newest.");
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.IndentedObject(writer => InterruptJson.Write(writer, interrupt)));
        }
        else
        {
            Print(invocation, interrupt);
        }

        return ExitCodes.Ok;
    }

    private static void Print(Invocation invocation, Interrupt interrupt)
    {
        Fact("Interrupt", interrupt.Id.Value);
        Fact("Thread", interrupt.Thread.Value);
        Fact("Turn", interrupt.Turn.Value);
        Fact("State", InterruptText.Name(interrupt.State));
        Fact("Asks for", InterruptText.Asked(interrupt));
        Fact("Prompt", interrupt.Prompt);
        Fact("Note", interrupt.Note);
        Fact("Payload", interrupt.Payload?.GetRawText());
        Fact("Audience", interrupt.Audience);
        Fact("Raised", JsonText.Iso(interrupt.RaisedAt));
        Fact("Deadline", interrupt.Deadline is { } deadline ? JsonText.Iso(deadline) : null);
        Fact("Answers", interrupt.State == InterruptState.Pending ? InterruptText.Options(interrupt.Allowed) : null);
        Fact("Answer", interrupt.Answer is { } answer ? InterruptText.Answered(answer) : null);

        void Fact(string name, string? value)
        {
            if (value is not null)
            {
                invocation.Output.WritePlain($"{name + ":",-11}{Plain.OneLine(value)}");
            }
        }
    }
}
