using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast interrupts answer</c></summary>
internal sealed class InterruptsAnswerCommand : ToolCommand
{
    private readonly Argument<InterruptId> _id = Inputs.Interrupt();
    private readonly Option<bool> _approve = new("--approve") { Description = "Go on as asked." };
    private readonly Option<string?> _reject = new("--reject") { Description = "Do not do it; the agent is told the reason, if there is one.", HelpName = "REASON", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _edit = new("--edit") { Description = "Go on with other arguments: a JSON object.", HelpName = "JSON" };
    private readonly Option<string?> _respond = new("--respond") { Description = "Give this text in the place of what would be done.", HelpName = "TEXT" };
    private readonly Option<string?> _respondJson = new("--respond-json") { Description = "The same with a JSON value, for a step whose result is no text.", HelpName = "JSON" };
    private readonly Option<string?> _by = Inputs.By();

    public InterruptsAnswerCommand(ToolHost host, GlobalOptions global)
        : base("answer", "Answer an interrupt, once: of several answers the first holds. Whoever runs the thread then goes on.", host, global)
    {
        Arguments.Add(_id);
        Options.Add(_approve);
        Options.Add(_reject);
        Options.Add(_edit);
        Options.Add(_respond);
        Options.Add(_respondJson);
        Options.Add(_by);
        Option[] answers = [_approve, _reject, _edit, _respond, _respondJson];
        Validators.Add(result =>
        {
            if (answers.Count(option => result.GetResult(option) is { Implicit: false }) != 1)
            {
                result.AddError("An answer is one of --approve, --reject, --edit, --respond and --respond-json.");
            }
        });
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var interrupt = await invocation.Store.Interrupts.AnswerAsync(invocation.Get(_id), AnswerOf(invocation), cancellationToken);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.IndentedObject(writer => InterruptJson.Write(writer, interrupt)));
        }
        else
        {
            invocation.Output.WritePlain(Plain.OneLine($"{InterruptText.Asked(interrupt)} of thread '{interrupt.Thread}' was answered: {InterruptText.Answered(interrupt.Answer!)}."));
        }

        return ExitCodes.Ok;
    }

    private InterruptAnswer AnswerOf(Invocation invocation)
    {
        var by = invocation.By(_by);
        if (invocation.Get(_approve))
        {
            return InterruptAnswer.Accept(by);
        }

        if (invocation.Get(_edit) is { } edited)
        {
            var arguments = Parse(edited, "--edit");
            return arguments.ValueKind == JsonValueKind.Object
                ? InterruptAnswer.Edit(arguments, by)
                : throw ToolException.Usage($"--edit must be a JSON object, the arguments of the call; it is '{edited}'.");
        }

        if (invocation.Get(_respondJson) is { } value)
        {
            return InterruptAnswer.Respond(Parse(value, "--respond-json"), by);
        }

        return invocation.Get(_respond) is { } text
            ? InterruptAnswer.Respond(JsonElement.Parse(JsonText.Value(writer => writer.WriteStringValue(text))), by)
            : InterruptAnswer.Reject(invocation.Get(_reject), by);
    }

    private static JsonElement Parse(string json, string option)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException e)
        {
            throw ToolException.Usage($"{option} must be JSON; it is '{json}': {e.Message}");
        }
    }
}
