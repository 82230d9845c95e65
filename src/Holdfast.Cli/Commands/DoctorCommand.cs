using System.Text.Json;
using Holdfast.Cli.Doctor;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast doctor</c></summary>
internal sealed class DoctorCommand(ToolHost host, GlobalOptions global)
    : ToolCommand("doctor", "Examine the store: versions, durability, and whether a temporary thread can be written, read and erased.", host, global)
{
    protected override bool OnlyReads => false;

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        // It writes, so it makes a store where there is none. Who mistyped its URL is to know.
        Finding[] missing = invocation.Missing is { } why ? [new("store", Verdict.Warning, $"{why} If there should be one, check --store (or HOLDFAST_STORE).")] : [];
        IReadOnlyList<Finding> findings = [.. missing, .. await new Examination(invocation.Store, invocation.Scheme, invocation.Host.Time).RunAsync(cancellationToken)];
        var isHealthy = findings.All(finding => finding.Verdict is Verdict.Ok or Verdict.Warning);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.IndentedObject(writer => Write(writer, invocation, findings, isHealthy)));
        }
        else
        {
            Print(invocation, findings, isHealthy);
        }

        return isHealthy ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static void Write(Utf8JsonWriter writer, Invocation invocation, IReadOnlyList<Finding> findings, bool isHealthy)
    {
        writer.WriteString("store", invocation.Store.CommitLog.Description);
        writer.WriteBoolean("isHealthy", isHealthy);
        writer.WriteString("version", Examination.LibraryVersion);
        writer.WriteString("runtime", System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription);
        var engine = invocation.Scheme.Engine;
        writer.WriteString("engine", engine is { } known ? $"{known.Name} {known.Version}" : null);
        writer.WriteStrings("capabilities", invocation.Store.CommitLog.Capabilities.ToString().Split(", ").Select(JsonNamingPolicy.CamelCase.ConvertName));
        writer.WriteStartArray("checks");
        foreach (var finding in findings)
        {
            writer.WriteStartObject();
            writer.WriteString("name", finding.Name);
            writer.WriteString("verdict", JsonNamingPolicy.CamelCase.ConvertName(finding.Verdict.ToString()));
            writer.WriteString("detail", finding.Detail);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Print(Invocation invocation, IReadOnlyList<Finding> findings, bool isHealthy)
    {
        foreach (var finding in findings)
        {
            invocation.Output.WritePlain($"{Mark(finding.Verdict)} {finding.Name,-13}{Plain.OneLine(finding.Detail)}");
        }

        invocation.Output.WritePlain(isHealthy ? "The store is healthy." : "The store is not healthy.");
    }

    private static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok     ",
        Verdict.Warning => "warning",
        Verdict.Failed => "FAILED ",
        _ => "-      ",
    };
}
