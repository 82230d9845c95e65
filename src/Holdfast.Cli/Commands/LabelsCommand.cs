using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast labels</c></summary>
internal sealed class LabelsCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();

    public LabelsCommand(ToolHost host, GlobalOptions global)
        : base("labels", "List the labels of a thread, by version.", host, global)
        => Arguments.Add(_thread);

    public static void Write(Utf8JsonWriter writer, ThreadLabel label)
    {
        writer.WriteString("label", label.Name);
        writer.WriteNumber("version", label.Version);
        writer.WriteTime("at", label.At);
        writer.WriteString("by", label.By);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        await invocation.RequireThreadAsync(thread, cancellationToken);
        var labels = await invocation.Store.Thread(thread).LabelsAsync(cancellationToken);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Array(labels, Write));
            return ExitCodes.Ok;
        }

        var listing = new Listing("Version", "Label", "At", "By");
        foreach (var label in labels)
        {
            listing.Add($"{label.Version}", label.Name, JsonText.Iso(label.At), label.By ?? "-");
        }

        listing.Print(invocation.Output);
        return ExitCodes.Ok;
    }
}
