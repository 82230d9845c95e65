using System.CommandLine;
using System.Text.Json;
using Holdfast.Logs;

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

        var (reports, unreadable) = invocation.Get(_thread) is { } thread
            ? ([await VerifyAsync(invocation.Store, thread, cancellationToken) ?? throw await invocation.NotFoundAsync(thread, cancellationToken)], [])
            : await VerifyListedAsync(invocation, cancellationToken);
        if (invocation.Json)
        {
            var items = reports.Select(report => (Action<Utf8JsonWriter>)(writer => Write(writer, report))).Concat(unreadable.Select(what => (Action<Utf8JsonWriter>)(writer => WriteUnreadable(writer, what))));
            invocation.Output.WritePlain(JsonText.Array(items, static (writer, write) => write(writer)));
        }
        else
        {
            Print(invocation, reports, unreadable);
        }

        return unreadable.Count == 0 && reports.TrueForAll(report => report.IsIntact) ? ExitCodes.Ok : ExitCodes.Failed;
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

    // What a listing leaves out is damaged, or of a newer format, and told too; of some of it not even the id is known.
    private static async Task<(List<VerificationReport> Reports, List<string> Unreadable)> VerifyListedAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        invocation.RequireStore("verify");
        var (reports, unreadable) = (new Dictionary<ThreadId, VerificationReport>(), new HashSet<string>(StringComparer.Ordinal));
        var query = new HeadQuery
        {
            Space = ThreadSpace.Threads,
            Tenant = invocation.Store.Tenant,
            Filter = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id, PageSize = ThreadQuery.MaxPageSize },
            AsOf = invocation.Host.Time.GetUtcNow(),
        };
        do
        {
            var page = await invocation.Store.CommitLog.ListAsync(query, cancellationToken);
            var known = page.LeftOut.OfType<CorruptStateException>().Select(problem => problem.Key.Id).Where(id => id.Value.Length > 0);
            foreach (var id in page.Heads.Select(head => head.Key.Id).Concat(known).Distinct())
            {
                if (await VerifyAsync(invocation.Store, id, cancellationToken) is { } report)
                {
                    reports[id] = report;
                }
            }

            unreadable.UnionWith(page.LeftOut.Where(problem => problem is not CorruptStateException damage || !reports.ContainsKey(damage.Key.Id)).Select(problem => problem.Message));
            query = query with { Filter = query.Filter with { Continuation = page.Continuation } };
        }
        while (query.Filter.Continuation is not null);
        return ([.. reports.Values], [.. unreadable]);
    }

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
    public static void Write(Utf8JsonWriter writer, VerificationReport report) => Write(writer, report.Id.Value, report.Version, report.Entries, report.Problems, report.PendingRedactions);

    // Of what cannot be read, not even the id is known.
    private static void WriteUnreadable(Utf8JsonWriter writer, string what) => Write(writer, null, 0, 0, [new(0, what)], []);

    private static void Write(Utf8JsonWriter writer, string? thread, long version, long entries, IReadOnlyList<VerificationProblem> problems, IReadOnlyList<long> pending)
    {
        writer.WriteString("thread", thread);
        writer.WriteNumber("version", version);
        writer.WriteNumber("entries", entries);
        writer.WriteBoolean("isIntact", problems.Count == 0);
        writer.WriteStartArray("problems");
        foreach (var problem in problems)
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", problem.Version);
            writer.WriteString("what", problem.What);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("pendingRedactions");
        foreach (var redacted in pending)
        {
            writer.WriteNumberValue(redacted);
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

    /// <summary>Shows what of a store cannot be read, where nobody knows which thread it is.</summary>
    public static void PrintUnreadable(Invocation invocation, string what) => invocation.Output.WritePlain(Plain.OneLine($"Not readable: {what}"));

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

    private static void Print(Invocation invocation, List<VerificationReport> reports, List<string> unreadable)
    {
        foreach (var report in reports.Where(report => !report.IsIntact))
        {
            Print(invocation, report, report.Id.Value);
        }

        foreach (var report in reports)
        {
            PrintPending(invocation, report, report.Id.Value);
        }

        unreadable.ForEach(what => PrintUnreadable(invocation, what));
        var damaged = reports.Count(report => !report.IsIntact) + unreadable.Count;
        var entries = reports.Sum(report => report.Entries);
        invocation.Output.WritePlain(reports.Count == 1 && damaged == 0
            ? Plain.OneLine($"{reports[0].Id}: intact, {entries} entries.")
            : $"{reports.Count + unreadable.Count} threads, {entries} entries: {(damaged == 0 ? "all intact" : $"{damaged} damaged")}.");
    }
}
