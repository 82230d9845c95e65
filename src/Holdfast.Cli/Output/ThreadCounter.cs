using Holdfast.Cli.Commands;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>Shows a person how many threads were gone through so far.</summary>
internal sealed class ThreadCounter : IProgress<long>
{
    private readonly StatusContext _context;
    private readonly string _what;

    private ThreadCounter(StatusContext context, string what) => (_context, _what) = (context, what);

    public static async Task<T> ShowAsync<T>(Invocation invocation, string what, Func<IProgress<long>?, ValueTask<T>> run)
        => invocation.Error.Profile.Out.IsTerminal
            ? await invocation.Error.Status().StartAsync(what, async context => await run(new ThreadCounter(context, what)))
            : await run(null);

    public void Report(long value) => _context.Status($"{_what}: {Plain.Count(value, "thread")}");
}
