using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Doctor;

/// <summary>Examines a store: what it is, whether it answers, and whether what is written to it comes back.</summary>
internal sealed class Examination(AgentStateStore store, ToolStore scheme, TimeProvider time)
{
    private const string Said = "Is it still there? – ✓ 北京 🌊";

    private const int MostHeads = 10_000;
    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(2);

    private readonly ThreadId _thread = $"holdfast-doctor/{ThreadId.New(time)}";
    private readonly List<Finding> _findings = [];
    private bool _goesOn = true;

    /// <summary>The version of the tool and of the library.</summary>
    public static string LibraryVersion => VersionOf(typeof(AgentStateStore));

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        _findings.Add(new("versions", Verdict.Ok, string.Join(", ", Versions())));
        await TryAsync("reachable", async () =>
        {
            var head = await store.CommitLog.GetHeadAsync(ThreadKey.Of(store.Tenant, _thread), cancellationToken);
            return head is null ? store.CommitLog.Description : throw Unexpected("nothing under a new id", $"version {head.Version}");
        });
        _findings.Add(Durability());
        await InspectAsync(cancellationToken);
        await CompareClocksAsync(cancellationToken);
        _findings.Add(new("capabilities", Verdict.Ok, store.CommitLog.Capabilities.ToString()));
        try
        {
            await RoundTripAsync(cancellationToken);
            await FindUnfinishedAsync(cancellationToken);
        }
        finally
        {
            // Also when the user has had enough, or a step failed: the temporary thread does not stay.
            await TryAsync("erase", EraseAsync, always: _findings.Exists(finding => finding is { Name: "reachable", Verdict: Verdict.Ok }));
        }

        return _findings;
    }

    private async Task RoundTripAsync(CancellationToken cancellationToken)
    {
        await TryAsync("write", () => WriteAsync(cancellationToken));
        await TryAsync("read", () => ReadAsync(cancellationToken));
        await TryAsync("conflict", () => ConflictAsync(cancellationToken));
        await TryAsync("list", async () =>
        {
            var query = new ThreadQuery { Agent = "holdfast-doctor" };
            return await store.ListAsync(query, cancellationToken).AnyAsync(thread => thread.Id == _thread, cancellationToken)
                ? "a listing finds the thread"
                : throw Unexpected("the thread in a listing by its agent", "none");
        });
        await TryAsync("verify", async () =>
        {
            var report = await store.Thread(_thread).VerifyAsync(cancellationToken);
            return report is { IsIntact: true }
                ? $"the chain of {report.Entries} entries is whole"
                : throw Unexpected("an intact thread", report?.Problems[0].What ?? "none");
        });
    }

    private async Task<string> WriteAsync(CancellationToken cancellationToken)
    {
        var session = await store.OpenAsync(_thread, new() { Agent = "holdfast-doctor" }, cancellationToken);
        session.History.Add(ChatRole.User, Said);
        session.Variables.Set("number", 42);
        session.Metadata.Set("purpose", "holdfast doctor");
        var commit = await session.CommitAsync("doctor", cancellationToken);
        return $"{commit.Bytes} bytes as version {commit.Version}";
    }

    private async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var state = await store.LoadAsync(_thread, cancellationToken: cancellationToken) ?? throw Unexpected("the thread just written", "none");
        return state.Version != 1 || state.Messages.Count != 1 || state.Messages[0].Text != Said || state.Variables["number"].GetInt32() != 42
            ? throw Unexpected("the message and the variable just written", $"{state.Messages.Count} messages, {state.Variables.Count} variables at version {state.Version}")
            : "what was written came back";
    }

    // Two who open the same version: the second one must be told.
    private async Task<string> ConflictAsync(CancellationToken cancellationToken)
    {
        var first = await store.OpenAsync(_thread, cancellationToken: cancellationToken);
        var second = await store.OpenAsync(_thread, cancellationToken: cancellationToken);
        first.Variables.Set("writer", "first");
        second.Variables.Set("writer", "second");
        await first.CommitAsync("doctor", cancellationToken);
        try
        {
            await second.CommitAsync("doctor", cancellationToken);
        }
        catch (CommitConflictException)
        {
            return "a second writer of the same version is refused";
        }

        throw Unexpected("a conflict between two writers of one version", "that both were let through");
    }

    // Not cancelled: it cleans up.
    private async Task<string> EraseAsync()
    {
        var erased = await store.Thread(_thread).EraseAsync(cancellationToken: CancellationToken.None);
        return await store.Thread(_thread).GetInfoAsync(CancellationToken.None) is { } left
            ? throw Unexpected("nothing after the erasure", $"version {left.Version}")
            : erased ? "the temporary thread is gone" : "there was nothing to erase";
    }

    private Finding Durability() => store.CommitLog.Capabilities.HasFlag(LogCapabilities.Durable)
        ? new("durability", Verdict.Ok, "what is committed outlives the process")
        : new("durability", Verdict.Warning, "what is committed ends with the process; use sqlite: or file: to keep it");

    // What the server's settings may lose is worth knowing, and no failure.
    private async Task InspectAsync(CancellationToken cancellationToken)
    {
        var advice = await AdviseAsync(cancellationToken);
        if (!_goesOn || store.CommitLog is not IReportsWarnings backend)
        {
            return;
        }

        await TryAsync("settings", async () =>
        {
            // What is wrong with the settings is told once, as advice.
            var told = advice.Select(one => $"{one.Text} {one.Action}").ToHashSet(StringComparer.Ordinal);
            var warnings = (await backend.GetWarningsAsync(cancellationToken)).Where(warning => !told.Contains(warning)).ToList();
            _findings.AddRange(warnings.Select(warning => new Finding("settings", Verdict.Warning, warning)));
            return warnings.Count == 0 ? "nothing that is acknowledged gets lost by them" : "examined";
        });
    }

    private async Task<IReadOnlyList<Advice>> AdviseAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Advice> advice = [];
        if (_goesOn && store.CommitLog.GetService<IGivesAdvice>() is { } backend)
        {
            await TryAsync("advice", async () =>
            {
                advice = await backend.GetAdviceAsync(cancellationToken);
                _findings.AddRange(advice.Select(one => new Finding("advice", Verdict.Warning, one.ToString())));
                return advice.Count == 0 ? "nothing about how the backend is set up" : "examined";
            });
        }

        return advice;
    }

    // A server with a clock of its own decides by it what has expired; times that are stored are those of the machine that writes.
    private async Task CompareClocksAsync(CancellationToken cancellationToken)
    {
        if (!_goesOn || store.CommitLog.GetService<IServerClock>() is not { } clock)
        {
            return;
        }

        await TryAsync("clock", async () =>
        {
            var before = time.GetUtcNow();
            var server = await clock.GetServerTimeAsync(cancellationToken);
            var after = time.GetUtcNow();
            var skew = server > after ? server - after : before > server ? server - before : TimeSpan.Zero;
            if (skew.Duration() >= LargestSkew)
            {
                _findings.Add(new("clock", Verdict.Warning, string.Create(
                    CultureInfo.InvariantCulture, $"the server is {Math.Abs(skew.TotalSeconds):0} s {(skew > TimeSpan.Zero ? "ahead of" : "behind")} this machine; its clock decides what has expired")));
            }

            return "compared with that of the server";
        });
    }

    // What a copy or a fork that was cut off has left is shown by nothing else.
    private async Task FindUnfinishedAsync(CancellationToken cancellationToken)
        => await TryAsync("unfinished", async () =>
        {
            var query = new HeadQuery
            {
                Space = ThreadSpace.Threads,
                Tenant = store.Tenant,
                AsOf = time.GetUtcNow(),
                Expired = ExpiredFilter.Include,
                Filter = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id, PageSize = ThreadQuery.MaxPageSize },
            };
            var hidden = await store.CommitLog.ListAllAsync(query, cancellationToken).Take(MostHeads).Where(head => !HeadProperties.IsShown(head)).Take(20).ToListAsync(cancellationToken);
            _findings.AddRange(hidden.Select(head => new Finding(
                "unfinished", Verdict.Warning, $"thread '{head.Key.Id}' is hidden: {string.Join(", ", head.Properties.Keys)}. Repeat the copy that was cut off, or erase it")));
            return hidden.Count == 0 ? "no copy or fork was cut off" : "examined";
        });

    private async Task TryAsync(string name, Func<Task<string>> examine, bool always = false)
    {
        if (!_goesOn && !always)
        {
            _findings.Add(new(name, Verdict.Skipped, "not tried"));
            return;
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            var detail = await examine();
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            _findings.Add(new(name, Verdict.Ok, string.Create(CultureInfo.InvariantCulture, $"{detail} ({took:0.0} ms)")));
        }
        catch (Exception e) when (e is AgentStateException or InvalidOperationException)
        {
            _goesOn = false;
            _findings.Add(new(name, Verdict.Failed, e.Message));
        }
    }

    private IEnumerable<string> Versions()
    {
        yield return $"holdfast {LibraryVersion}";
        yield return RuntimeInformation.FrameworkDescription;
        yield return $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})";
        if (scheme.Engine is { } engine)
        {
            yield return $"{engine.Name} {engine.Version}";
        }
    }

    private static string VersionOf(Type type)
        => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";

    private static InvalidOperationException Unexpected(string expected, string found) => new($"Expected {expected}; found {found}.");
}
