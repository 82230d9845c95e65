using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast watch</c></summary>
internal sealed class WatchCommand : ToolCommand
{
    /// <summary>How long a store may be away before the command gives up.</summary>
    private static readonly TimeSpan MaxOutage = TimeSpan.FromSeconds(30);

    private readonly Argument<ThreadId?> _thread = Inputs.OptionalThread("The thread to watch; with --all none.");
    private readonly Option<bool> _all = new("--all") { Description = "Tell which threads of the store change, instead of the commits of one." };
    private readonly Option<string?> _from = new("--from") { Description = "Go on after this position, as an earlier watch showed it; 'beginning' for everything. [default: what comes from now on]", HelpName = "POSITION" };
    private readonly Option<int?> _limit = Inputs.Count("--limit", "End after so many events. [default: when interrupted]");

    public WatchCommand(ToolHost host, GlobalOptions global)
        : base("watch", "Tell the commits of a thread as they happen, or which threads change, until Ctrl+C.", host, global)
    {
        Arguments.Add(_thread);
        Options.Add(_all);
        Options.Add(_from);
        Options.Add(_limit);
        Validators.Add(result =>
        {
            if (result.GetValue(_all) == result.GetValue(_thread) is not null)
            {
                result.AddError("Name a thread to watch, or --all for which threads change.");
            }
        });
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        if (invocation.Missing is not null)
        {
            throw ToolException.NotFound("There is nothing to watch yet.", invocation.Missing);
        }

        var printer = new WatchPrinter(invocation);
        var limit = invocation.Get(_limit) ?? int.MaxValue;
        try
        {
            await (invocation.Get(_thread) is { } thread
                ? WatchThreadAsync(invocation, thread, limit, printer, cancellationToken)
                : WatchStoreAsync(invocation, limit, printer, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // To be interrupted is how a watch ends.
        }
        catch (IOException e) when (StandardOutput.IsClosed(e))
        {
            printer.TellHowToGoOn(invocation.Get(_thread));
            throw;
        }

        printer.TellHowToGoOn(invocation.Get(_thread));
        return ExitCodes.Ok;
    }

    private async Task WatchThreadAsync(Invocation invocation, ThreadId thread, int limit, WatchPrinter printer, CancellationToken cancellationToken)
    {
        var options = new WatchOptions { After = Position(invocation, ThreadPosition.Beginning, ThreadPosition.Parse), MaxOutage = MaxOutage };
        await foreach (var told in invocation.Store.Thread(thread).WatchAsync(options, cancellationToken).Take(limit).WithCancellation(cancellationToken))
        {
            printer.Print(told);
        }
    }

    private async Task WatchStoreAsync(Invocation invocation, int limit, WatchPrinter printer, CancellationToken cancellationToken)
    {
        var query = new ChangesQuery { After = Position(invocation, ChangesPosition.Beginning, ChangesPosition.Parse), MaxOutage = MaxOutage };
        await foreach (var change in invocation.Store.ChangesAsync(query, cancellationToken).Take(limit).WithCancellation(cancellationToken))
        {
            printer.Print(change);
        }
    }

    private T? Position<T>(Invocation invocation, T beginning, Func<string, T> parse)
        where T : struct
        => invocation.Get(_from) switch
        {
            null => null,
            "beginning" => beginning,
            var text => parse(text),
        };
}
