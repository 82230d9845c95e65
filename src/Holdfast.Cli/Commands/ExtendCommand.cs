using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast extend</c></summary>
internal sealed class ExtendCommand : ToolCommand
{
    private readonly Argument<ThreadId> _thread = Inputs.Thread();

    // Infinite for never.
    private readonly Argument<TimeSpan> _time = new("TIME")
    {
        Description = "How long the thread lives from now on, such as 90s, 30m, 2h or 7d; or never, so that it does not expire.",
        CustomParser = result => result.Tokens[0].Value is "never" ? Timeout.InfiniteTimeSpan : Inputs.ParseDuration(result) ?? default,
    };

    public ExtendCommand(ToolHost host, GlobalOptions global)
        : base("extend", "Let a thread live for a time from now on, whatever its expiry was.", host, global)
    {
        Arguments.Add(_thread);
        Arguments.Add(_time);
    }

    protected override async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var thread = invocation.Get(_thread);
        var time = invocation.Get(_time);
        if (!await invocation.Store.Thread(thread).ExtendAsync(time == Timeout.InfiniteTimeSpan ? null : time, cancellationToken)
            || await invocation.Store.Thread(thread).GetInfoAsync(cancellationToken) is not { } info)
        {
            throw await invocation.NotFoundAsync(thread, cancellationToken);
        }

        invocation.Answer(info.ExpiresAt is { } expiry ? $"'{thread}' expires at {JsonText.Iso(expiry)}." : $"'{thread}' does not expire.", writer =>
        {
            writer.WriteString("thread", thread.Value);
            writer.WriteTime("expiresAt", info.ExpiresAt);
        });
        return ExitCodes.Ok;
    }
}
