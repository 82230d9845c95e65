using System.CommandLine;
using Holdfast.Cli.Configuring;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast config show</c></summary>
internal sealed class ConfigShowCommand : Command
{
    private readonly ToolHost _host;
    private readonly Option<bool> _json;
    private readonly Argument<string?> _file = ConfigCommand.File();
    private readonly Option<string> _section = ConfigCommand.Section();
    private readonly Option<string?> _environment = new("--environment")
    {
        Description = "The environment. [default: DOTNET_ENVIRONMENT, ASPNETCORE_ENVIRONMENT, or Production]",
        HelpName = "NAME",
    };

    public ConfigShowCommand(ToolHost host, GlobalOptions global)
        : base("show", "Show the settings as they are in effect: variables replaced, secrets hidden, and where each is from.")
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
        var environment = parsed.GetValue(_environment) is { Length: > 0 } named ? named
            : _host.Variable("DOTNET_ENVIRONMENT") ?? _host.Variable("ASPNETCORE_ENVIRONMENT") ?? "Production";
        var section = parsed.GetValue(_section)!;
        var settings = Read(file, section, environment);
        if (parsed.GetValue(_json))
        {
            _host.Output.WritePlain(JsonText.Array(settings, (writer, setting) =>
            {
                writer.WriteString("setting", setting.Key);
                writer.WriteString("value", setting.Value);
                writer.WriteBoolean("isDefault", setting.IsDefault);
                writer.WriteString("place", setting.Place);
            }));
        }
        else
        {
            Print(file, settings);
        }

        var problems = await ConfigExamination.FindProblemsAsync(file, section, environment);
        foreach (var problem in problems)
        {
            _host.Error.WriteStyled(Plain.OneLine(problem), new Style(Color.Red));
        }

        return problems.Count == 0 ? ExitCodes.Ok : ExitCodes.Usage;
    }

    private static IReadOnlyList<StoreSetting> Read(ConfigFile file, string section, string environment)
    {
        try
        {
            var configuration = file.Load(environment);
            return StoreSetting.Read(configuration.GetSection(section), configuration);
        }
        catch (StateConfigurationException e)
        {
            throw new ToolException(ErrorCodes.InvalidConfiguration, ExitCodes.Usage, e.Message, innerException: e);
        }
    }

    private void Print(ConfigFile file, IReadOnlyList<StoreSetting> settings)
    {
        var listing = new Listing("Setting", "Value", "From");
        foreach (var setting in settings)
        {
            listing.Add(setting.Key, setting.Value ?? "-", setting.IsDefault ? "default" : setting.Place ?? file.Name);
        }

        listing.Print(_host.Output);
    }
}
