using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast label</c></summary>
internal sealed class LabelCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();
    private readonly Argument<string> _name = new("NAME") { Description = "The label: 1 to 128 bytes." };
    private readonly Option<ThreadPoint> _point = Inputs.Point("The version that gets it. [default: newest]");
    private readonly Option<bool> _move = new("--move") { Description = "Move the label if another version has it." };
    private readonly Option<bool> _remove = new("--remove") { Description = "Remove the label; the version stays." };
    private readonly Option<string?> _by = Inputs.By();

    public LabelCommand(ToolHost host, GlobalOptions global)
        : base("label", "Give a version of a thread a name, move it, or remove it.", host, global)
    {
        Arguments.Add(_thread);
        Arguments.Add(_name);
        Options.Add(_point);
        Options.Add(_move);
        Options.Add(_remove);
        Options.Add(_by);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var (id, name) = (invocation.Get(_thread), invocation.Get(_name));
        var thread = invocation.Store.Thread(id);
        if (invocation.Get(_remove))
        {
            if (invocation.Get(_point) != ThreadPoint.Newest || invocation.Get(_move) || invocation.Get(_by) is not null)
            {
                throw ToolException.Usage("--remove removes the label, whatever version has it; --at, --move and --by are for setting one.");
            }

            await invocation.RequireThreadAsync(id, cancellationToken);
            if (!await thread.RemoveLabelAsync(name, cancellationToken))
            {
                throw new ToolException(ErrorCodes.PointNotFound, ExitCodes.NotFound, $"Thread '{id}' has no label '{name}'.", $"`holdfast labels {Shell.Quote(id.Value)}` lists those that it has.");
            }

            invocation.Answer($"Removed the label '{name}' from '{id}'.", writer =>
            {
                writer.WriteString("thread", id.Value);
                writer.WriteString("label", name);
                writer.WriteBoolean("removed", true);
            });
            return ExitCodes.Ok;
        }

        var options = new LabelOptions { Move = invocation.Get(_move), By = invocation.By(_by) };
        var label = await thread.LabelAsync(name, invocation.Get(_point), options, cancellationToken);
        invocation.Answer($"Version {label.Version} of '{id}' is '{label.Name}'.", writer =>
        {
            writer.WriteString("thread", id.Value);
            LabelsCommand.Write(writer, label);
        });
        return ExitCodes.Ok;
    }
}
