using System.CommandLine;
using Holdfast.Cli.Applications;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast check</c></summary>
internal sealed class CheckCommand : ToolCommand
{
    private readonly ApplicationOptions _application = new("The built application, whose migrations are tried on every thread.", isRequired: false);

    public CheckCommand(ToolHost host, GlobalOptions global)
        : base("check", "Tell which threads cannot be opened: damaged ones, those that a newer version of holdfast wrote, and with --assembly those that a build of an application cannot migrate.", host, global)
        => _application.AddTo(this);

    protected override ApplicationMigrations? MigrationsOf(ParseResult parsed) => _application.Load(parsed);

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        invocation.RequireStore("check");
        var options = new MigrateOptions { AllTenants = invocation.Store.Tenant.Length == 0 };
        var result = await ThreadCounter.ShowAsync(invocation, "Checking", counter => invocation.Store.CheckAsync(options, counter, cancellationToken));
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Object(writer =>
            {
                writer.WriteNumber("threads", result.Threads);
                writer.WriteString("migrations", invocation.Migrations?.Name);
                writer.WriteNumber("toMigrate", invocation.Migrations is null ? null : result.Migrated);
                CopyFailures.Write(writer, result.Failures);
            }));
        }
        else
        {
            var migrations = invocation.Migrations is null ? "" : $"; {result.Migrated} would be migrated by {invocation.Migrations.Name}";
            CopyFailures.Print(invocation.Output, "Cannot be opened", result.Failures);
            invocation.Output.WritePlain(Plain.OneLine($"{Plain.Count(result.Threads, "thread")}: {(result.IsComplete ? "all can be opened" : $"{result.Failures.Count} cannot be opened")}{migrations}."));
        }

        return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
