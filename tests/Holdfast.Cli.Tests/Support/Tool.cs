using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Cli.Tests;

/// <summary>Runs the tool within the test's process, on a store in memory that outlives each run.</summary>
internal sealed class Tool : IAsyncDisposable
{
    private readonly InMemoryCommitLog _log = new();

    public Tool()
    {
        Stores = new([new StoreScheme("memory", "memory:", _ => Log ?? new FaultInjectingLog(_log)), .. StoreSchemes.BuiltIn.All.Where(scheme => scheme.Names[0] is "file" or "sqlite")]);
        Store = new(_log, new() { TimeProvider = Time });
    }

    public ManualTime Time { get; } = new();

    public StoreSchemes Stores { get; }

    /// <summary>The store that the tool works on, for arranging.</summary>
    public AgentStateStore Store { get; }

    /// <summary>The log in its place, for tests of what goes wrong. The tool disposes of it.</summary>
    public ICommitLog? Log { get; set; }

    public Dictionary<string, string> Environment { get; } = new() { ["HOLDFAST_STORE"] = "memory:" };

    public Interruption Interruption { get; } = new();

    /// <summary>The standard input and output of a bundle.</summary>
    public MemoryStream Pipe { get; } = new();

    /// <summary>The columns of a terminal.</summary>
    public int Width { get; set; } = 100;

    public Task<ToolResult> RunAsync(params string[] args) => RunAsync(new StringReader(""), isInteractive: false, isTerminal: false, args);

    /// <summary>Runs a chat with lines that are piped into it.</summary>
    public Task<ToolResult> ChatAsync(string input, params string[] args)
        => RunAsync(new StringReader(input), isInteractive: false, isTerminal: false, ["chat", .. args]);

    public async Task<ToolResult> RunAsync(TextReader input, bool isInteractive, bool isTerminal, params string[] args)
    {
        using var output = new RecordedOutput(isTerminal, Width);
        using var error = new RecordedOutput(isTerminal, Width);
        var host = new ToolHost
        {
            Input = input,
            OpenInput = () => new MemoryStream(Pipe.ToArray()),
            OpenOutput = () => Pipe,
            Output = output.Open(),
            Error = error.Open(),
            IsInteractive = isInteractive,
            Environment = name => Environment.GetValueOrDefault(name),
            UserName = "operator",
            Time = Time,
            Stores = Stores,
            Interruption = Interruption,
        };
        var exitCode = await new ToolApp(host).RunAsync(args);
        return new(exitCode, output.Text, error.Text);
    }

    public async ValueTask DisposeAsync()
    {
        Interruption.Dispose();
        await Store.DisposeAsync();
    }
}
