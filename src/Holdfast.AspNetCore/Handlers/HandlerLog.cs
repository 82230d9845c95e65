using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>What handlers log.</summary>
internal sealed partial class HandlerLog(ILogger<HandlerLog> logger)
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(600, LogLevel.Error, "A request to {Path} failed: {Code}.")]
    public partial void Failed(string? path, string code, Exception error);

    [LoggerMessage(601, LogLevel.Debug, "A request to {Path} was answered with {Status}: {Code}.")]
    public partial void Refused(string? path, int? status, string code);

    [LoggerMessage(602, LogLevel.Debug, "The handler of {Pattern} answered with {Status}, so what it changed of thread {Thread} is not stored.")]
    public partial void Dropped(string? pattern, int status, ThreadId thread);

    [LoggerMessage(603, LogLevel.Error, "A streamed reply of thread {Thread} failed.")]
    public partial void ReplyFailed(ThreadId thread, Exception error);
}
