using System.CommandLine;
using System.Text.Json;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast verify</c></summary>
internal sealed class VerifyCommand : ToolCommand
{
    private readonly Argument<ThreadId?> _thread = Inputs.OptionalThread("The id of the thread. [default: every thread, deleted ones too]");

    private readonly Option<bool> _all = new("--all") { Description = "Everything that is stored: also variables, trunks and the other tenants, unless --tenant names one." };
    private readonly Option<int?> _parallel = Inputs.Count("--parallel", "With --all: how many threads are verified at the same time. [default: 8]");
    private readonly Option<string?> _continue = new("--continue") { Description = "With --all: where one that was cut off had come to, as it said.", HelpName = "PLACE" };

    public VerifyCommand(ToolHost host, GlobalOptions global)
        : base("verify", "Check that nothing stored was changed or lost: the chain of hashes, and that folding it gives the stored state.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_all);
        Options.Add(_parallel);
        Options.Add(_continue);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        if (invocation.Get(_all))
        {
            return await StoreVerification.RunAsync(invocation, OptionsOf(invocation), cancellationToken);
        }

        if (invocation.Get(_continue) is not null || invocation.Get(_parallel) is not null)
        {
            throw ToolException.Usage("--continue and --parallel come with --all.");
        }

        var reports = new List<VerificationReport>();
        await foreach (var thread in ThreadsAsync(invocation, cancellationToken))
        {
            if (await VerifyAsync(invocation.Store, thread, cancellationToken) is { } report)
            {
                reports.Add(report);
            }
            else if (invocation.Get(_thread) is not null)
            {
                throw await invocation.NotFoundAsync(thread, cancellationToken);
            }
        }

        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Array(reports, Write));
        }
        else
        {
            Print(invocation, reports);
        }

        return reports.TrueForAll(report => report.IsIntact) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private VerifyOptions OptionsOf(Invocation invocation)
    {
        if (invocation.Get(_thread) is not null)
        {
            throw ToolException.Usage("--all verifies every thread: name one, or say --all.");
        }

        return invocation.Get(_parallel) is > 256
            ? throw ToolException.Usage("--parallel must be 1 to 256.")
            : new() { AllTenants = invocation.Store.Tenant.Length == 0, Parallelism = invocation.Get(_parallel) ?? 8, Continuation = invocation.Get(_continue) };
    }

    private IAsyncEnumerable<ThreadId> ThreadsAsync(Invocation invocation, CancellationToken cancellationToken)
        => invocation.Get(_thread) is { } thread
            ? new[] { thread }.ToAsyncEnumerable()
            : invocation.Store
                .ListAsync(new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id, PageSize = ThreadQuery.MaxPageSize }, cancellationToken)
                .Select(thread => thread.Id);

    // One thread that cannot be read at all must not keep the others from being checked.
    private static async Task<VerificationReport?> VerifyAsync(AgentStateStore store, ThreadId thread, CancellationToken cancellationToken)
    {
        try
        {
            return await store.Thread(thread).VerifyAsync(cancellationToken);
        }
        catch (AgentStateException e) when (e is CorruptStateException or UnknownFormatException)
        {
            return new(thread, 0, 0, [new((e as CorruptStateException)?.Version ?? 0, e.Message)]) { Key = ThreadKey.Of(store.Tenant, thread) };
        }
    }

    /// <summary>Writes what was found of a thread.</summary>
    public static void Write(Utf8JsonWriter writer, VerificationReport report)
    {
        writer.WriteString("thread", report.Id.Value);
        writer.WriteNumber("version", report.Version);
        writer.WriteNumber("entries", report.Entries);
        writer.WriteBoolean("isIntact", report.IsIntact);
        writer.WriteStartArray("problems");
        foreach (var problem in report.Problems)
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", problem.Version);
            writer.WriteString("what", problem.What);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("pendingRedactions");
        foreach (var version in report.PendingRedactions)
        {
            writer.WriteNumberValue(version);
        }

        writer.WriteEndArray();
    }

    /// <summary>Shows which redactions of a thread are not finished.</summary>
    public static void PrintPending(Invocation invocation, VerificationReport report, string name)
    {
        if (report.PendingRedactions is [var first, ..] versions)
        {
            invocation.Output.WritePlain(Plain.OneLine($"{name}: a redaction is not finished; version {first} {(versions.Count == 1 ? "has" : $"and {versions.Count - 1} others have")} the content still. Redact it again."));
        }
    }

    /// <summary>Shows what is wrong with a thread.</summary>
    public static void Print(Invocation invocation, VerificationReport report, string name)
    {
        invocation.Output.WritePlain(Plain.OneLine($"{name}: damaged"));
        foreach (var problem in report.Problems)
        {
            invocation.Output.WritePlain(Plain.OneLine(problem.Version > 0 ? $"  version {problem.Version}: {problem.What}" : $"  head: {problem.What}"));
        }

        if (RecoverTarget.CommandFor(report.Key) is { } command)
        {
            invocation.Output.WritePlain(Plain.OneLine($"  `{command}` lets it go on from its last good version."));
        }
    }

    private static void Print(Invocation invocation, List<VerificationReport> reports)
    {
        foreach (var report in reports.Where(report => !report.IsIntact))
        {
            Print(invocation, report, report.Id.Value);
        }

        foreach (var report in reports)
        {
            PrintPending(invocation, report, report.Id.Value);
        }

        var damaged = reports.Count(report => !report.IsIntact);
        var entries = reports.Sum(report => report.Entries);
        invocation.Output.WritePlain(reports.Count == 1 && damaged == 0
            ? Plain.OneLine($"{reports[0].Id}: intact, {entries} entries.")
            : $"{reports.Count} threads, {entries} entries: {(damaged == 0 ? "all intact" : $"{damaged} damaged")}.");
        invocation.RemarkMissing();
    }
}
