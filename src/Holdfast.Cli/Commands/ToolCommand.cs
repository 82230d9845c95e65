using System.CommandLine;
using Holdfast.Cli.Applications;

namespace Holdfast.Cli.Commands;

/// <summary>A command that works on a store.</summary>
internal abstract class ToolCommand : Command
{
    protected ToolCommand(string name, string description, ToolHost host, GlobalOptions global)
        : base(name, description)
    {
        SetAction(async (parsed, cancellationToken) =>
        {
            await using var invocation = await Invocation.OpenAsync(host, global, parsed, StoreUrlOf(global, parsed), OnlyReads, MigrationsOf(parsed));
            return await RunAsync(invocation, cancellationToken);
        });
    }

    /// <summary>Whether the command has nothing to do where nothing was ever stored.</summary>
    protected virtual bool OnlyReads => true;

    /// <summary>The store that the command works on.</summary>
    protected virtual StoreUrl StoreUrlOf(GlobalOptions global, ParseResult parsed) => global.StoreUrlOf(parsed);

    /// <summary>The migrations of the application whose threads the command opens; null if it opens them as they are.</summary>
    protected virtual ApplicationMigrations? MigrationsOf(ParseResult parsed) => null;

    protected abstract Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken);
}
