using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast new agent</c></summary>
internal sealed class NewAgentCommand : Command
{
    private static readonly IReadOnlyList<string> Templates = [.. ProjectTemplate.All.Select(template => template.Name)];

    private readonly Argument<string?> _name = new("NAME") { Description = "The name of the project, which is also its namespace, such as My.Agent.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _template = new("--template") { Description = $"What is made: {string.Join(", ", Templates)}. [default: {Templates[0]}]", HelpName = "TEMPLATE" };
    private readonly Option<string?> _output = new("--output") { Description = "The folder that it is made in; it is created, or must be empty. [default: NAME]", HelpName = "DIRECTORY" };
    private readonly Option<bool> _yes = new("--yes") { Description = "Take the defaults without asking." };
    private readonly ToolHost _host;
    private readonly GlobalOptions _global;

    // It hides the option of the same name that other commands have: here it is a kind of store, and none is opened.
    private readonly Option<string?> _store = new("--store") { Description = $"Where the agent's state is kept: {string.Join(", ", ProjectTemplate.Stores)}. [default: {ProjectTemplate.Stores[0]}]", HelpName = "STORE" };

    public NewAgentCommand(ToolHost host, GlobalOptions global)
        : base("agent", "Make a project with an agent, its tests and a README; it runs at once, without a network.")
    {
        (_host, _global) = (host, global);
        Arguments.Add(_name);
        Options.Add(_template);
        Options.Add(_store);
        Options.Add(_output);
        Options.Add(_yes);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var asks = _host.IsInteractive && !parsed.GetValue(_yes);
        var name = parsed.GetValue(_name) is { } given ? Checked(given) : await NameAsync(asks);
        var template = await ChoiceAsync(asks, parsed.GetValue(_template), "template", Templates);
        var store = await ChoiceAsync(asks, parsed.GetValue(_store), "store", ProjectTemplate.Stores);
        var folder = parsed.GetValue(_output) is { Length: > 0 } output ? output : name;
        ProjectFolder.RequireEmpty(folder);

        var files = ProjectTemplate.All.Single(known => known.Name == template).Make(name, store, ProjectTemplate.PackageVersion);
        ProjectFolder.Write(folder, files);
        Answer(parsed.GetValue(_global.Json), name, template, store, folder, files);
        return ExitCodes.Ok;
    }

    private static string Checked(string name) => ProjectName.ProblemOf(name) is { } problem ? throw ToolException.Usage(problem.Message, problem.Hint) : name;

    private async Task<string> NameAsync(bool asks)
    {
        if (!asks)
        {
            throw ToolException.Usage("The project has no name.", "`holdfast new agent My.Agent` gives it one.");
        }

        while (true)
        {
            var name = await AskAsync("Name of the project, such as My.Agent: ");
            if (ProjectName.ProblemOf(name) is not { } problem)
            {
                return name;
            }

            _host.Error.WritePlain(Plain.OneLine($"{problem.Message} {problem.Hint}"));
        }
    }

    private async Task<string> ChoiceAsync(bool asks, string? given, string what, IReadOnlyList<string> choices)
    {
        if (given is not null)
        {
            return choices.Contains(given, StringComparer.OrdinalIgnoreCase)
                ? given.ToLowerInvariant()
                : throw ToolException.Usage($"There is no {what} '{given}'.", $"--{what} is one of {string.Join(", ", choices)}.");
        }

        while (asks)
        {
            var answer = (await AskAsync($"{char.ToUpperInvariant(what[0])}{what[1..]}, one of {string.Join(", ", choices)} [{choices[0]}]: ")).ToLowerInvariant();
            if (answer.Length == 0 || choices.Contains(answer))
            {
                return answer.Length == 0 ? choices[0] : answer;
            }
        }

        return choices[0];
    }

    private async Task<string> AskAsync(string question)
    {
        _host.Error.Profile.Out.Writer.Write(question);
        _host.Error.Profile.Out.Writer.Flush();
        return (await Task.Run(_host.Input.ReadLine).WaitAsync(_host.Interruption.Token))?.Trim()
            ?? throw new ToolException("not-confirmed", ExitCodes.Failed, "Nothing was done.");
    }

    private void Answer(bool json, string name, string template, string store, string folder, IReadOnlyList<ProjectFile> files)
        => _host.Output.WritePlain(json
            ? JsonText.Object(writer =>
            {
                writer.WriteString("project", name);
                writer.WriteString("template", template);
                writer.WriteString("store", store);
                writer.WriteString("directory", Path.GetFullPath(folder));
                writer.WriteStrings("files", files.Select(file => file.Path));
            })
            : string.Join('\n', Lines(name, folder)));

    private static IEnumerable<string> Lines(string name, string folder)
    {
        yield return Plain.OneLine($"Made the project {name} in '{folder}'. Now:");
        if (Path.GetFullPath(folder) != Environment.CurrentDirectory)
        {
            yield return Plain.OneLine($"  cd {Shell.Quote(folder)}");
        }

        yield return "  dotnet test";
        yield return $"  dotnet run --project {name}";
        yield return "README.md says where things are, and how a real model takes the place of the scripted one.";
    }
}
