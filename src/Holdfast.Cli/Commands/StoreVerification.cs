using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast verify --all</c></summary>
internal static class StoreVerification
{
    public static async Task<int> RunAsync(Invocation invocation, VerifyOptions options, CancellationToken cancellationToken)
    {
        invocation.RequireStore("verify");
        var last = new Last();
        StoreReport report;
        try
        {
            report = await ShowAsync(invocation, last, told => invocation.Store.VerifyAllAsync(options, told, cancellationToken).AsTask());
        }
        catch (ArgumentException e) when (options.Continuation is not null)
        {
            throw ToolException.Usage(e.Message, "--continue takes what a verification that was cut off had said.");
        }
        catch (Exception e) when (e is OperationCanceledException or StoreUnavailableException && last.Progress.Continuation is { } place)
        {
            var done = last.Progress;
            invocation.Error.WritePlain(string.Create(
                CultureInfo.InvariantCulture, $"Cut off after {Plain.Count(done.Threads, "thread")}, of which {done.Damaged:N0} are damaged. `holdfast verify --all --continue {Shell.Quote(place)}` verifies the others."));
            throw;
        }

        Tell(invocation, report);
        return report.IsIntact ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static Task<StoreReport> ShowAsync(Invocation invocation, Last last, Func<IProgress<VerifyProgress>, Task<StoreReport>> run)
        => invocation.Error.Profile.Out.IsTerminal
            ? invocation.Error.Status().StartAsync("Verifying", context =>
            {
                last.Told = done => context.Status(string.Create(CultureInfo.InvariantCulture, $"Verifying: {done.Threads:N0} threads, {done.Entries:N0} entries, {done.Damaged:N0} damaged"));
                return run(last);
            })
            : run(last);

    private static void Tell(Invocation invocation, StoreReport report)
    {
        if (invocation.Json)
        {
            invocation.Output.WritePlain(JsonText.Object(writer => Write(writer, report)));
            return;
        }

        foreach (var damaged in report.Damaged)
        {
            VerifyCommand.Print(invocation, damaged, damaged.Key.ToString());
        }

        foreach (var pending in report.Pending)
        {
            VerifyCommand.PrintPending(invocation, pending, pending.Key.ToString());
        }

        foreach (var problem in report.Unreadable)
        {
            VerifyCommand.PrintUnreadable(invocation, problem.Message);
        }

        var wrong = report.Damaged.Count + report.Unreadable.Count;
        var entries = string.Create(CultureInfo.InvariantCulture, $"{report.Entries:N0} {(report.Entries == 1 ? "entry" : "entries")}");
        invocation.Output.WritePlain($"{Plain.Count(report.Threads, "thread")}, {entries}: {(wrong == 0 ? "all intact" : $"{wrong} damaged")}.");
    }

    private static void Write(Utf8JsonWriter writer, StoreReport report)
    {
        writer.WriteNumber("threads", report.Threads);
        writer.WriteNumber("entries", report.Entries);
        writer.WriteBoolean("isIntact", report.IsIntact);
        Write(writer, "damaged", report.Damaged);
        Write(writer, "pending", report.Pending);
        writer.WriteStrings("unreadable", report.Unreadable.Select(problem => problem.Message));
    }

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyList<VerificationReport> reports)
    {
        writer.WriteStartArray(name);
        foreach (var report in reports)
        {
            writer.WriteStartObject();
            writer.WriteString("space", report.Key.Space.ToName());
            writer.WriteString("tenant", report.Key.Tenant);
            VerifyCommand.Write(writer, report);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private sealed class Last : IProgress<VerifyProgress>
    {
        public VerifyProgress Progress { get; private set; }

        public Action<VerifyProgress>? Told { get; set; }

        public void Report(VerifyProgress value)
        {
            Progress = value;
            Told?.Invoke(value);
        }
    }
}
