using System.Diagnostics;
using Holdfast.Compare.Protocol;

namespace Holdfast.Compare.Running;

/// <summary>A contestant's process, as the one who measures sees it.</summary>
internal sealed class ContestantClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Queue<string> _errors = [];

    private ContestantClient(Entrant entrant, Process process)
    {
        (Entrant, _process) = (entrant, process);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.Enqueue(line.Data ?? "");
                if (_errors.Count > 20)
                {
                    _errors.Dequeue();
                }
            }
        };
        process.BeginErrorReadLine();
    }

    public Entrant Entrant { get; }

    public string Version { get; private set; } = "";

    public int ProcessId => _process.Id;

    /// <summary>How many characters the last answer had, which the process has written as well.</summary>
    public int AnswerLength { get; private set; }

    public static async Task<ContestantClient> StartAsync(Entrant entrant, string target, Settings settings)
    {
        var parts = entrant.Program.Split(' ');
        var start = entrant.IsNode
            ? new ProcessStartInfo(entrant.NeedsNode22 ? settings.Node22 : "node", [Path.Combine(settings.Peers, parts[0]), parts[1], target])
            : new ProcessStartInfo(Environment.ProcessPath!, [.. OwnAssembly(), "contestant", entrant.Program, target]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["HOLDFAST_PEERS"] = settings.Packages;
        start.Environment["NODE_ENV"] = "production";
        // What is measured is the store: no telemetry of the peers, and no compiler that recompiles while it is measured.
        start.Environment["MASTRA_TELEMETRY_DISABLED"] = "1";
        start.Environment["OPENAI_AGENTS_DISABLE_TRACING"] = "1";
        var client = new ContestantClient(entrant, Process.Start(start)!);
        try
        {
            client.Version = (await client.ReadAsync(Patience)).Version ?? "";
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="ContestantException">It failed, died or took too long.</exception>
    public async Task<Answer> AskAsync(Request request)
    {
        await SendAsync(request);
        var answer = await ReadAsync(Patience + TimeSpan.FromSeconds(request.Seconds));
        return answer.Error is null ? answer : throw new ContestantException($"{request.Work}: {answer.Error}");
    }

    public async Task SendAsync(Request request)
    {
        await _process.StandardInput.WriteLineAsync(Lines.Write(request));
        await _process.StandardInput.FlushAsync();
    }

    public async Task<Answer> ReadAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience, TimeProvider.System);
        try
        {
            var line = await _process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new ContestantException($"The process ended: {Errors()}");
            AnswerLength = line.Length + 1;
            return line.StartsWith('{') ? Lines.Read<Answer>(line) : await ReadAsync(patience);
        }
        catch (OperationCanceledException)
        {
            throw new ContestantException($"There was no answer within {patience.TotalSeconds:N0} s. {Errors()}");
        }
    }

    /// <summary>Ends the process as a crash does (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private string Errors()
    {
        lock (_errors)
        {
            return string.Join(' ', _errors);
        }
    }

    // The name of the program is that of the runtime when it was started by `dotnet FILE`.
    private static string[] OwnAssembly()
        => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(ContestantClient).Assembly.Location] : [];
}
