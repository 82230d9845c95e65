using System.Text.Json;
using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Holdfast.Sqlite;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Functions;

/// <summary>An application that is used by one person through a cell of the matrix. Each turn is in a process of its own.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly Cell _cell;
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-chat-").FullName;
    private readonly InMemoryCommitLog _memory = new();
    private AgentProcess? _process;
    private ICommitLog? _file;
    private Failure _armed = Failure.None;

    public Scene(Cell cell)
    {
        _cell = cell;
        Model = new() { BeforeReply = messages => Point(isModel: true, messages[^1]) };
    }

    public StrictModel Model { get; }

    public List<string> Runs { get; } = [];

    /// <summary>Says something in a new process; after the failure that the cell tells, once more, by hand.</summary>
    public async Task<IReadOnlyList<ChatMessage>> SayAsync(Func<IReadOnlyList<ChatMessage>> messages, bool meetsFailure)
    {
        await StartAsync();
        if (meetsFailure && _cell.Calls == Calls.ApprovedAfterAFailure)
        {
            await FailAsync(messages(), Failure.ModelFails);
        }

        if (meetsFailure && _cell.Failure != Failure.None)
        {
            await FailAsync(messages(), _cell.Failure);
            if (_process!.IsDead)
            {
                await StartAsync();
            }
        }

        return await _process!.SayAsync(messages(), _cell.Streaming);
    }

    /// <summary>What is stored, as a new process reads it.</summary>
    public async Task<IReadOnlyList<ChatMessage>> StoredAsync()
    {
        await StartAsync();
        (await _process!.Store.Thread("demo").VerifyAsync())!.Problems.ShouldBeEmpty();
        return [.. (await _process.Store.LoadAsync("demo"))!.Messages];
    }

    /// <summary>What an application that went over the wire to a browser and back has of an object.</summary>
    public static T Fresh<T>(T value)
        where T : AIContent
        => (T)JsonSerializer.Deserialize<AIContent>(JsonSerializer.Serialize<AIContent>(value, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _memory.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task FailAsync(IReadOnlyList<ChatMessage> messages, Failure failure)
    {
        _armed = failure;
        if (failure == Failure.ReaderLeaves)
        {
            _armed = Failure.None;
            await _process!.SayAsync(messages, _cell.Streaming, update => update.Contents.Any(content => content is FunctionResultContent or TextContent));
            return;
        }

        await Should.ThrowAsync<Exception>(() => _process!.SayAsync(messages, _cell.Streaming));
        _armed.ShouldBe(Failure.None, "the failure did not happen");
        if (!_process!.IsDead)
        {
            _process.Faults.Heal();
        }
    }

    // Where a failure can happen: in a function, and when the model is told its result (or, where none runs, what the person says instead).
    private void Point(bool isModel, ChatMessage? last = null)
    {
        if (_armed == Failure.None || (isModel && last!.Role != ChatRole.Tool && last.Text != "never mind") || (!isModel && _armed == Failure.ModelFails))
        {
            return;
        }

        var failure = _armed;
        _armed = Failure.None;
        switch (failure)
        {
            case Failure.ModelFails:
                throw new HttpRequestException("503: the model is overloaded");
            case Failure.StoreFails:
                _process!.Faults.Every(Testing.LogCall.Append).FailsBefore();
                break;
            case Failure.ProcessIsKilled:
                _process!.Kill();
                if (isModel)
                {
                    throw new InvalidOperationException("The process was killed.");
                }

                break;
        }
    }

    private async Task StartAsync()
    {
        await StopAsync();
        _file = _cell.Failure == Failure.ProcessIsKilled || _cell.Calls == Calls.Approved
            ? new SqliteCommitLog(new() { DataSource = Path.Combine(_directory, "chat.db") })
            : null;
        _process = new(_file ?? _memory, Model, _cell.State == State.BelowFunctions, _cell.Asks, _ => Point(isModel: false));
    }

    private async Task StopAsync()
    {
        if (_process is not null)
        {
            Runs.AddRange(_process.Runs);
            await _process.DisposeAsync();
            _process = null;
        }

        if (_file is not null)
        {
            await _file.DisposeAsync();
            _file = null;
        }
    }
}
