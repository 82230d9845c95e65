using System.Globalization;
using Holdfast.Cli.Commands;
using Spectre.Console;

namespace Holdfast.Cli;

/// <summary>Shows a person how far an export or an import is.</summary>
internal static class BundleBar
{
    public static async Task<T> ShowAsync<T>(Invocation invocation, string what, Func<IProgress<BundleProgress>?, Task<T>> run)
        => invocation.Error.Profile.Out.IsTerminal
            ? await invocation.Error.Status().StartAsync(what, context => run(new Line(context, what)))
            : await run(null);

    private sealed class Line(StatusContext context, string what) : IProgress<BundleProgress>
    {
        public void Report(BundleProgress value)
            => context.Status(string.Create(CultureInfo.InvariantCulture, $"{what}: {value.Threads:N0} threads, {value.Commits:N0} commits, {value.Bytes:N0} bytes"));
    }
}
