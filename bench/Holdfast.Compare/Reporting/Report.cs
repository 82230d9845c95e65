using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Compare.Running;

namespace Holdfast.Compare.Reporting;

/// <summary>Writes the results: everything as JSON, the tables into the document, the charts beside it.</summary>
internal sealed class Report(Settings settings, IReadOnlyList<Entrant> entrants, Results results, Machine machine)
{
    private const string Begin = "<!-- results, written by bench/compare.sh -->";
    private const string End = "<!-- end of the results -->";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Numbers _numbers = new(results.Samples);

    public async Task WriteAsync()
    {
        await WriteJsonAsync();
        await new Charts(settings, entrants, _numbers).WriteAsync();
        await WriteDocumentAsync();
    }

    private async Task WriteJsonAsync()
    {
        var cells = results.Samples
            .GroupBy(sample => (sample.Contestant, sample.Measure, sample.History))
            .Select(group => new { group.Key.Contestant, group.Key.Measure, group.Key.History, Values = group.OrderBy(sample => sample.Repetition).Select(sample => Math.Round(sample.Value, 4)) });
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(settings.Results))!);
        await File.WriteAllTextAsync(settings.Results, JsonSerializer.Serialize(
            new { Machine = machine, settings.Quick, settings.Repetitions, results.Versions, results.Problems, Catalogue.Groups, Results = cells }, Json) + "\n");
    }

    private async Task WriteDocumentAsync()
    {
        var text = await File.ReadAllTextAsync(settings.Document);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
        {
            throw new InvalidOperationException($"'{settings.Document}' must have the lines '{Begin}' and '{End}', between which the results belong.");
        }

        var section = new StringBuilder();
        section.AppendLine(CultureInfo.InvariantCulture, $"{Begin}\n\n## The run\n\n{machine}\n{settings.Repetitions} interleaved repetitions{(settings.Quick ? " of a **quick** run, which shows whether everything works and is too short to judge by" : "")}; figures are medians, ratios are medians of the ratios within a repetition, with the lowest and the highest.\n");
        foreach (var version in Versions())
        {
            section.AppendLine("- " + version);
        }

        foreach (var problem in Problems())
        {
            section.AppendLine(problem);
        }

        section.AppendLine().AppendLine(new Overview(settings, entrants, _numbers).Write()).AppendLine().AppendLine(new Tables(settings, entrants, _numbers).Write()).AppendLine();
        await File.WriteAllTextAsync(settings.Document, text[..begin] + section + text[end..]);
    }

    private IEnumerable<string> Versions() => results.Versions.Values.Where(version => version.Length > 0).Distinct().Order(StringComparer.Ordinal);

    private IEnumerable<string> Problems() => results.Problems.Count == 0
        ? []
        : ["\nWhat did not work, and is missing in the tables:\n", .. results.Problems.Order(StringComparer.Ordinal).Select(problem => $"- {problem}")];
}
