using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Holdfast.Tests.Architecture;
using Microsoft.Extensions.Logging;

namespace Holdfast.Tests.Diagnostics;

/// <summary>docs/observability.md has everything that is measured, traced and logged.</summary>
public sealed partial class ObservabilityDocumentationTests
{
    private static readonly List<string[]> Rows =
    [
        .. File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", "observability.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Trim('|').Split(" | ", StringSplitOptions.TrimEntries)),
    ];

    private static readonly List<Instrument> Instruments = Published();

    [Fact]
    public void EveryMetric_IsDocumentedWithItsUnit()
        => Rows.Where(row => row.Length == 3 && row[0].StartsWith("`holdfast.", StringComparison.Ordinal)).Select(row => (row[0].Trim('`'), row[1]))
            .ShouldBe(Instruments.Select(instrument => (instrument.Name, instrument.Unit!)), ignoreOrder: true);

    [Fact]
    public void EveryActivity_IsDocumented()
        => Rows.Where(row => row.Length == 2 && row[0].StartsWith("`holdfast.", StringComparison.Ordinal)).Select(row => row[0].Trim('`'))
            .ShouldBe(typeof(TelemetryNames.Activities).GetFields().Select(field => (string)field.GetRawConstantValue()!), ignoreOrder: true);

    [Fact]
    public void EveryEvent_IsDocumentedWithItsLevel()
    {
        var documented = Rows.Where(row => int.TryParse(row[0], out _)).Select(row => $"{row[0]} {row[1]}").ToList();
        var core = new[] { typeof(StoreLog), typeof(FileLogMessages) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static)).Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
            .Select(message => $"{message.EventId} {message.Level}").ToList();
        var backends = Directory.GetDirectories(Path.Combine(SourceTree.Root, "src"), "Holdfast.*").Select(path => Path.GetFileName(path)!)
            .SelectMany(project => SourceTree.Of(project).Files).SelectMany(file => Message().Matches(file.Code)).Select(match => $"{match.Groups["id"].Value} {match.Groups["level"].Value}");

        documented.ShouldBe(core.Concat(backends), ignoreOrder: true);
        core.Select(message => message.Split(' ')[0]).ShouldBeUnique();
        core.Select(message => int.Parse(message.Split(' ')[0])).ShouldBe(typeof(EventIds).GetFields().Select(field => (int)field.GetRawConstantValue()!), ignoreOrder: true);
    }

    [Fact]
    public void Histograms_HaveBoundariesThatFit()
    {
        foreach (var instrument in Instruments)
        {
            switch (instrument)
            {
                case Histogram<double> { Unit: "s" } duration:
                    var seconds = duration.Advice!.HistogramBucketBoundaries!;
                    (seconds[0], seconds[^1]).ShouldBe(instrument.Name.StartsWith("holdfast.turn", StringComparison.Ordinal) || instrument.Name.StartsWith("holdfast.step", StringComparison.Ordinal) ? (0.01, 1800) : (0.00005, 5));
                    seconds.ShouldBeInOrder();
                    break;
                case Histogram<long> { Unit: "By" } size:
                    var bytes = size.Advice!.HistogramBucketBoundaries!;
                    (bytes[0], bytes[^1]).ShouldBe((64, 16 * 1024 * 1024));
                    bytes.ShouldBeInOrder();
                    break;
                case UpDownCounter<int> { Name: "holdfast.watches" }:
                    break;
                default:
                    instrument.ShouldBeOfType<Counter<long>>();
                    break;
            }
        }
    }

    private static List<Instrument> Published()
    {
        RuntimeHelpers.RunClassConstructor(typeof(Telemetry).TypeHandle);
        var instruments = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == TelemetryNames.Source)
                {
                    instruments.Add(instrument);
                }
            },
        };
        listener.Start();
        return instruments;
    }

    [GeneratedRegex(@"LoggerMessage\((?<id>\d+), LogLevel\.(?<level>\w+)", RegexOptions.None, 10_000)]
    private static partial Regex Message();
}
