using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast show</c></summary>
internal sealed class ShowCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Option<int?> _last = Inputs.Count("--last", "Only the last N messages; some more where the first would be a tool's result without its call. [default: all]");
    private readonly Option<long?> _version = new("--at") { Description = "The state as it was at this version. [default: the newest]", HelpName = "N" };

    public ShowCommand(ToolHost host, GlobalOptions global)
        : base("show", "Show the state of a thread: messages, variables, todos and the rest.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_last);
        Options.Add(_version);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var info = await invocation.Store.Thread(thread).GetInfoAsync(cancellationToken) ?? throw await invocation.NotFoundAsync(thread, cancellationToken);
        var version = invocation.Get(_version) ?? info.Version;
        if (version < 1 || version > info.Version)
        {
            throw ToolException.NotFound($"Thread '{thread}' has no version {version}.", $"It has the versions 1 to {info.Version}.");
        }

        // Both are asked for one version, so that they agree whatever is committed meanwhile.
        var state = await invocation.Store.LoadAsync(thread, version, cancellationToken) ?? throw await invocation.NotFoundAsync(thread, cancellationToken);
        var count = state.Messages.Count;
        if (invocation.Get(_last) is { } last && last < count)
        {
            state = state with { Messages = LastMessages.Of(state.Messages, last) };
        }

        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.IndentedObject(writer => Write(writer, state, info, count)));
        }
        else
        {
            new StateText(invocation.Output).Print(state, info, count);
        }

        return ExitCodes.Ok;
    }

    // The JSON of the state, with what the catalogue knows of the thread after its user.
    private static void Write(Utf8JsonWriter writer, AgentState state, ThreadInfo info, int messages)
    {
        using var json = JsonDocument.Parse(state.ToJson(), new() { MaxDepth = 256 });
        foreach (var property in json.RootElement.EnumerateObject())
        {
            property.WriteTo(writer);
            if (property.NameEquals("user"))
            {
                writer.WriteNumber("messageCount", messages);
                ThreadJson.WriteTimes(writer, info);
            }
        }
    }
}
