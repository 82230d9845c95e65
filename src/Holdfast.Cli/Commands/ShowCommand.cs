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
        var asked = invocation.Get(_version);
        var info = await InfoAsync(invocation, thread, asked, cancellationToken);
        var version = asked ?? info!.Version;
        if (version < (info?.FirstVersion ?? 1) || version > (info?.Version ?? long.MaxValue))
        {
            throw ToolException.NotFound(
                $"Thread '{thread}' has no version {version}.", info is null ? "Versions begin with 1." : $"It has the versions {info.FirstVersion} to {info.Version}.");
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

    // Where the end of the thread is damaged, an earlier version can still be shown.
    private static async Task<ThreadInfo?> InfoAsync(Invocation invocation, ThreadId thread, long? version, CancellationToken cancellationToken)
    {
        try
        {
            return await invocation.Store.Thread(thread).GetInfoAsync(cancellationToken) ?? throw await invocation.NotFoundAsync(thread, cancellationToken);
        }
        catch (CorruptStateException) when (version is not null)
        {
            return null;
        }
    }

    // The JSON of the state, with what the catalogue knows of the thread after its user.
    private static void Write(Utf8JsonWriter writer, AgentState state, ThreadInfo? info, int messages)
    {
        using var json = JsonDocument.Parse(state.ToJson(), new() { MaxDepth = 256 });
        foreach (var property in json.RootElement.EnumerateObject())
        {
            property.WriteTo(writer);
            if (property.NameEquals("user"))
            {
                writer.WriteNumber("messageCount", messages);
                if (info is not null)
                {
                    ThreadJson.WriteTimes(writer, info);
                }
            }
        }
    }
}
