using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    private readonly ToolHost _host;

    public GlobalOptions(ToolHost host)
    {
        _host = host;
        Store = new("--store")
        {
            Description = $"Where threads are stored: {host.Stores.Forms}. [default: HOLDFAST_STORE, or {StoreUrls.Default}]",
            HelpName = "URL",
            Recursive = true,
        };
        Archive = new("--archive")
        {
            Description = "The archive of the store, where `holdfast archive` has moved earlier versions to. [default: HOLDFAST_ARCHIVE]",
            HelpName = "URL",
            Recursive = true,
        };
        Tenant = new("--tenant") { Description = "The tenant whose threads are meant. [default: the tenant without a name]", HelpName = "NAME", Recursive = true };
        Json = new("--json") { Description = "Answer in JSON.", Recursive = true };
    }

    public Option<string?> Store { get; }

    public Option<string?> Archive { get; }

    public Option<string?> Tenant { get; }

    public Option<bool> Json { get; }

    /// <summary>The URL that a command line, or else the environment, names.</summary>
    public StoreUrl StoreUrlOf(ParseResult parsed)
        => StoreUrls.Parse(parsed.GetValue(Store) is { Length: > 0 } url ? url : _host.Variable("HOLDFAST_STORE") ?? StoreUrls.Default);

    /// <summary>The URL of the archive that a command line, or else the environment, names; null for none.</summary>
    public StoreUrl? ArchiveUrlOf(ParseResult parsed)
        => (parsed.GetValue(Archive) is { Length: > 0 } url ? url : _host.Variable("HOLDFAST_ARCHIVE")) is { Length: > 0 } named ? StoreUrls.Parse(named) : null;
}
