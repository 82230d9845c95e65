using Microsoft.Extensions.Logging;

namespace Holdfast.Sqlite.Tests;

/// <summary>Keeps the warnings that a log reports.</summary>
internal sealed class CollectingLogger : ILogger<SqliteCommitLog>
{
    public List<(int Id, string Text)> Warnings { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        logLevel.ShouldBe(LogLevel.Warning);
        Warnings.Add((eventId.Id, formatter(state, exception)));
    }
}
