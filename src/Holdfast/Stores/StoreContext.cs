using Holdfast.Logs;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>What a store and its sessions share.</summary>
internal sealed record StoreContext(ICommitLog Log, AgentStateOptions Options, ILogger Logger)
{
    private readonly ICommitLog _calls = Log.Capabilities.HasFlag(LogCapabilities.Remote) && Options.Retry.MaxRetries > 0
        ? new RetryingLog(Log, Options.Retry, Logger)
        : Log;

    private readonly StoreLife _life = new();

    /// <summary>How the store and its sessions call the log: where that is reached over a network, with retries.</summary>
    /// <exception cref="ObjectDisposedException">The store was disposed of.</exception>
    public ICommitLog Calls
    {
        get
        {
            ObjectDisposedException.ThrowIf(_life.IsOver, typeof(AgentStateStore));
            return _calls;
        }
    }

    /// <summary>How often an update sends its commit while it is not known what came of it.</summary>
    public int SettlingAttempts => ReferenceEquals(_calls, Log) ? 4 : 1;

    /// <summary>In this process, those who rebase onto the same thread do so one after the other.</summary>
    public KeyedLock Rebases { get; } = new();

    public TimeProvider Time => Options.TimeProvider;

    public ExpiryPolicy Expiry { get; init; } = Options.Expiry;

    public RetentionPolicy Retention { get; init; } = Options.Retention;

    /// <summary>For the threads that hold users' variables: they do not expire with a conversation.</summary>
    public StoreContext ForUsers() => this with { Expiry = ExpiryPolicy.Never, Retention = new() };

    /// <summary>Lets no call through any more, neither of the store nor of its sessions and views.</summary>
    public void Close() => _life.IsOver = true;

    /// <summary>The current time, to the millisecond, as it is stored.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var now = Time.GetUtcNow();
            return new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        }
    }

    // One for all copies of the context.
    private sealed class StoreLife
    {
        private volatile bool _isOver;

        public bool IsOver
        {
            get => _isOver;
            set => _isOver = value;
        }
    }
}
