using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Tests.Support;

/// <summary>Keeps what was logged.</summary>
internal sealed class RecordingLogs : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(int Id, LogLevel Level)> _events = [];

    public IReadOnlyCollection<(int Id, LogLevel Level)> Events => _events;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _events.Enqueue((eventId.Id, logLevel));

    public void Dispose()
    {
    }
}
