using System.CommandLine;
using Holdfast.Cli.Configuring;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast config validate</c></summary>
internal sealed class ConfigValidateCommand : Command
{
    private readonly ToolHost _host;
    private readonly Option<bool> _json;
    private readonly Argument<string?> _file = ConfigCommand.File();
    private readonly Option<string> _section = ConfigCommand.Section();
    private readonly Option<string?> _environment = new("--environment")
    {
        Description = "Examine the file in this environment only. [default: without a preset, and with each]",
        HelpName = "NAME",
    };

    public ConfigValidateCommand(ToolHost host, GlobalOptions global)
        : base("validate", "Tell what is wrong with the settings, each problem by its line, as a host would when it starts. No store is opened.")
    {
        (_host, _json) = (host, global.Json);
        Arguments.Add(_file);
        Options.Add(_environment);
        Options.Add(_section);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var file = ConfigFile.Find(parsed.GetValue(_file));
        var found = new List<(string Environment, IReadOnlyList<string> Problems)>();
        foreach (var environment in EnvironmentsOf(file, parsed))
        {
            found.Add((environment, await ConfigExamination.FindProblemsAsync(file, parsed.GetValue(_section)!, environment)));
        }

        var isValid = found.TrueForAll(one => one.Problems.Count == 0);
        if (parsed.GetValue(_json))
        {
            Write(file, found, isValid);
        }
        else
        {
            Print(file, found, isValid);
        }

        return isValid ? ExitCodes.Ok : ExitCodes.Usage;
    }

    // A file that cannot be read has no environments that could be known; what is wrong with it is told once.
    private List<string> EnvironmentsOf(ConfigFile file, ParseResult parsed)
    {
        if (parsed.GetValue(_environment) is { Length: > 0 } environment)
        {
            return [environment];
        }

        try
        {
            return ["", .. file.Environments()];
        }
        catch (StateConfigurationException)
        {
            return [""];
        }
    }

    private static bool HasPreset(ConfigFile file, string environment) => file.Environments().Contains(environment, StringComparer.OrdinalIgnoreCase);

    private void Write(ConfigFile file, List<(string Environment, IReadOnlyList<string> Problems)> found, bool isValid)
        => _host.Output.WritePlain(JsonText.IndentedObject(writer =>
        {
            writer.WriteString("file", file.Name);
            writer.WriteBoolean("isValid", isValid);
            writer.WriteStartArray("environments");
            foreach (var (environment, problems) in found)
            {
                writer.WriteStartObject();
                writer.WriteString("environment", environment.Length > 0 ? environment : null);
                writer.WriteStrings("problems", problems);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }));

    private void Print(ConfigFile file, List<(string Environment, IReadOnlyList<string> Problems)> found, bool isValid)
    {
        // What is wrong in the same way in several environments is told once.
        var problems = found.SelectMany(one => one.Problems.Select(problem => (one.Environment, Problem: problem))).GroupBy(one => one.Problem, one => one.Environment, StringComparer.Ordinal).ToList();
        foreach (var problem in problems)
        {
            var where = problem.Contains("") ? "" : $" (in {string.Join(", ", problem)})";
            _host.Output.WritePlain(Plain.OneLine(problem.Key + where));
        }

        var environments = !isValid ? [] : found.Where(one => one.Environment.Length > 0).Select(one => HasPreset(file, one.Environment) ? one.Environment : $"{one.Environment}, for which it has no preset").ToList();
        var also = found.Count > environments.Count ? ", also in " : " in ";
        _host.Output.WritePlain(Plain.OneLine(isValid
            ? $"{file.Name} is valid{(environments.Count > 0 ? $"{also}{string.Join(", ", environments)}" : "")}."
            : $"{file.Name} has {Plain.Count(problems.Count, "problem")}."));
    }
}
