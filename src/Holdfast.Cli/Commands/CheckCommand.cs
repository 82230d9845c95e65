using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast check</c></summary>
internal sealed class CheckCommand(ToolHost host, GlobalOptions global)
    : ToolCommand("check", "Tell which threads cannot be opened: damaged ones, and those that a newer version of holdfast wrote. Migrations of an application are checked by its own code.", host, global)
{
    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var result = await invocation.Store.CheckAsync(new() { AllTenants = invocation.Store.Tenant.Length == 0 }, null, cancellationToken);
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Object(writer =>
            {
                writer.WriteNumber("threads", result.Threads);
                CopyFailures.Write(writer, result.Failures);
            }));
        }
        else
        {
            CopyFailures.Print(invocation.Output, "Cannot be opened", result.Failures);
            invocation.Output.WritePlain($"{Plain.Count(result.Threads, "thread")}: {(result.IsComplete ? "all can be opened" : $"{result.Failures.Count} cannot be opened")}.");
            invocation.RemarkMissing();
        }

        return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
