using System.CommandLine;
using Holdfast.Cli.Applications;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast migrate-state</c></summary>
internal sealed class MigrateStateCommand : ToolCommand
{
    private readonly ApplicationOptions _application = new("The built application, whose migrations are stored.", isRequired: true);
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Tell what would be migrated, and store nothing." };
    private readonly Option<bool> _yes = new("--yes") { Description = "Do it without asking." };

    public MigrateStateCommand(ToolHost host, GlobalOptions global)
        : base("migrate-state", "Bring every thread to the schema of a build of an application, with a commit for each that is older.", host, global)
    {
        _application.AddTo(this);
        Options.Add(_dryRun);
        Options.Add(_yes);
    }

    protected override ApplicationMigrations? MigrationsOf(ParseResult parsed) => _application.Load(parsed);

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        invocation.RequireStore("migrate");
        var options = new MigrateOptions { AllTenants = invocation.Store.Tenant.Length == 0 };
        var isDry = invocation.Get(_dryRun);
        if (isDry || !invocation.Get(_yes))
        {
            var plan = await ThreadCounter.ShowAsync(invocation, "Checking", counter => invocation.Store.CheckAsync(options, counter, cancellationToken));
            if (isDry || plan.Migrated == 0)
            {
                return Answer(invocation, plan, isDry);
            }

            PrintFailures(invocation, plan);
            invocation.Error.WritePlain(Text(invocation, plan, isDry: true));
            await invocation.ConfirmAsync("Builds of the application without these migrations will refuse what is migrated. Migrate?");
        }

        return Answer(invocation, await ThreadCounter.ShowAsync(invocation, "Migrating", counter => invocation.Store.MigrateStateAsync(options, counter, cancellationToken)), isDry: false);
    }

    private static int Answer(Invocation invocation, MigrateResult result, bool isDry)
    {
        if (!invocation.Json)
        {
            PrintFailures(invocation, result);
        }

        invocation.AnswerLines(Text(invocation, result, isDry), writer =>
        {
            writer.WriteNumber("threads", result.Threads);
            writer.WriteString("migrations", invocation.Migrations!.Name);
            writer.WriteNumber("migrated", result.Migrated);
            writer.WriteBoolean("dryRun", isDry);
            CopyFailures.Write(writer, result.Failures);
        });
        return result.IsComplete ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static void PrintFailures(Invocation invocation, MigrateResult result) => CopyFailures.Print(invocation.Error, "Cannot be migrated", result.Failures);

    private static string Text(Invocation invocation, MigrateResult result, bool isDry)
    {
        var failed = result.IsComplete ? "" : $"; {result.Failures.Count} cannot be opened";
        return Plain.OneLine($"{(isDry ? "Would migrate" : "Migrated")} {result.Migrated} of {Plain.Count(result.Threads, "thread")} with {invocation.Migrations!.Name}{failed}.");
    }
}
