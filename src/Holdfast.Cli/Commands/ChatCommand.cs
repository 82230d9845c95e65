using System.CommandLine;
using Holdfast.Cli.Chat;
using Holdfast.Cli.Models;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast chat</c></summary>
internal sealed class ChatCommand : ToolCommand
{
    private const string DefaultThread = "default";
    private const int DefaultHistory = 200;

    private readonly Argument<ThreadId?> _thread = Inputs.OptionalThread($"The thread to talk on; a new one begins where there is none. [default: {DefaultThread}, or with --user that user's own, USER/{DefaultThread}]");
    private readonly Option<ThreadId?> _named = Inputs.ThreadOption("The same as THREAD.");
    private readonly Option<string?> _user = new("--user") { Description = "Who talks. A new thread becomes theirs; a thread of another user is refused.", HelpName = "ID" };
    private readonly Option<string?> _agent = new("--agent") { Description = "The agent that takes charge of the thread.", HelpName = "NAME" };
    private readonly Option<string?> _model = new("--model") { Description = "The model to talk to: anthropic:NAME or openai:NAME. [default: HOLDFAST_MODEL, or the scripted offline assistant]", HelpName = "MODEL" };
    private readonly Option<string?> _endpoint = new("--endpoint") { Description = "The address of another server that speaks the model's API, such as http://localhost:11434/v1 for an OpenAI-compatible one.", HelpName = "URL" };
    private readonly Option<string?> _instructions = new("--instructions") { Description = "What the model is told before the conversation; it is not stored.", HelpName = "TEXT" };
    private readonly Option<int?> _history = Inputs.Count("--history", "How many of the last messages the model is sent. [default: 200]");

    public ChatCommand(ToolHost host, GlobalOptions global)
        : base(
            "chat",
            "Talk with an agent that remembers: the conversation is kept in the store. Each line of the input is one message, and each reply is printed once it is durable. " +
            "Without a model it answers with a built-in offline assistant, which is scripted: it knows a few phrases and answers from what the thread holds. A chat that was killed, or that waits for a person, goes on where it stood.",
            host,
            global)
    {
        Arguments.Add(_thread);
        Options.Add(_named);
        Options.Add(_user);
        Options.Add(_agent);
        Options.Add(_model);
        Options.Add(_endpoint);
        Options.Add(_instructions);
        Options.Add(_history);
    }

    protected override bool OnlyReads => false;

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var user = invocation.Get(_user);
        if (invocation.Get(_thread) is not null && invocation.Get(_named) is not null)
        {
            throw ToolException.Usage("The thread is named twice: as an argument, and with --thread.", "Name it once.");
        }

        var thread = invocation.Get(_thread) ?? invocation.Get(_named) ?? ThreadId.Parse(user is null ? DefaultThread : $"{user}/{DefaultThread}");
        var options = new OpenOptions { UserId = user, Agent = invocation.Get(_agent), LoadUser = false };
        var agent = Agent(invocation);

        // A thread that is another user's, was deleted or is damaged is reported before anyone says anything.
        var session = await invocation.Store.OpenAsync(thread, options, cancellationToken);
        Introduce(invocation.Error, agent, session);
        var turns = new ChatTurns(invocation.Store, thread, agent, options, invocation.Host.Time, invocation.Host.Interruption.Token);
        return await new ChatLoop(invocation.Host, turns, agent, thread, invocation.Json).RunAsync();
    }

    private ChatAgent Agent(Invocation invocation)
    {
        var endpoint = invocation.Get(_endpoint);
        if ((invocation.Get(_model) ?? invocation.Host.Variable("HOLDFAST_MODEL")) is not { } name)
        {
            return endpoint is null ? ChatAgent.Offline : throw ToolException.Usage("--endpoint says where a model is, but none is named.", "Add --model openai:NAME.");
        }

        var model = ModelChoice.Parse(name, endpoint);
        var client = new GuardedChatClient(ModelClients.Create(model, invocation.Host), model, invocation.Host.Interruption.Token);
        return new(
            "model",
            $"You talk with {model}{(model.Endpoint is { } address ? $" at {address.GetLeftPart(UriPartial.Path)}" : "")}.",
            new StreamedChatClient(client, invocation.Host),
            new() { Instructions = invocation.Get(_instructions) },
            invocation.Get(_history) ?? DefaultHistory);
    }

    private static void Introduce(IAnsiConsole console, ChatAgent agent, ThreadSession session)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            return;
        }

        console.WriteStyled(agent.Introduction, new Style(decoration: Decoration.Dim));
        var known = session.Version == 0 ? "is new" : $"has {session.History.Count} messages (version {session.Version})";
        console.WriteStyled(Plain.OneLine($"Thread '{session.Id}' {known}. /exit or Ctrl-D leaves, /help lists the commands."), new Style(decoration: Decoration.Dim));
    }
}
