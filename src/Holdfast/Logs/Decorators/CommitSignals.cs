namespace Holdfast.Logs;

/// <summary>Wakes those in this process who wait for commits: at once where the commit went through the same store, otherwise by the hints of the log, if it has any.</summary>
internal sealed class CommitSignals(ICommitLog log) : IHintListener
{
    /// <summary>For how long hints are listened to after the last one who waited has left: another may come soon.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMinutes(1);

    /// <summary>Stands for all threads that have become due.</summary>
    private const long Due = long.MinValue;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, List<CommitSignal>> _ofThreads = [];
    private readonly List<CommitSignal> _ofAll = [];
    private volatile int _count;
    private volatile IHintSubscription? _hints;
    private ITimer? _ending;
    private bool _isClosed;

    /// <summary>Whether anybody waits.</summary>
    public bool IsAwaited => _count > 0;

    /// <summary>Whether commits of other processes are told at present.</summary>
    public bool IsLive => _hints is { IsLive: true };

    /// <summary>A log that tells of what is changed through it.</summary>
    public ICommitLog Over(ICommitLog inner) => new SignalingLog(inner, this);

    /// <summary>Begins to listen. Whatever is committed from now on wakes.</summary>
    /// <param name="key">The thread; null for all.</param>
    /// <param name="listens">Whether the log is asked to tell of other processes, which may take a connection.</param>
    public CommitSignal Watch(ThreadKey? key, bool listens = true)
        => Watch(new CommitSignal(this, key is { } thread ? CommitHint.Of(thread).Thread : null), listens);

    /// <summary>Begins to listen to commits of this process after which a thread is due at once.</summary>
    public CommitSignal WatchDue() => Watch(new CommitSignal(this, Due), listens: false);

    private CommitSignal Watch(CommitSignal signal, bool listens)
    {
        lock (_gate)
        {
            ListOf(signal, make: true)!.Add(signal);
            _count++;
            _ending?.Dispose();
            _ending = null;
            if (listens && !_isClosed)
            {
                _hints ??= log.GetService<ICommitHints>()?.Listen(this);
            }
        }

        return signal;
    }

    /// <summary>A thread was changed by this process.</summary>
    public void Tell(ThreadKey key)
    {
        if (IsAwaited)
        {
            Hear(CommitHint.Of(key));
        }
    }

    /// <summary>A thread was changed by this process, and is due since.</summary>
    public void TellDue()
    {
        lock (_gate)
        {
            _ofThreads.GetValueOrDefault(Due)?.ForEach(signal => signal.Tell());
        }
    }

    public void Leave(CommitSignal signal)
    {
        lock (_gate)
        {
            if (ListOf(signal, make: false) is not { } signals || !signals.Remove(signal))
            {
                return;
            }

            if (signal.Thread is { } thread && signals.Count == 0)
            {
                _ofThreads.Remove(thread);
            }

            _count--;
            if (_count == 0 && _hints is not null && !_isClosed)
            {
                _ending ??= TimeProvider.System.CreateTimer(_ => EndIfUnused(), null, Linger, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Wakes everybody for good, so that they find out that the store is closed.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            EndListening();
        }

        Hear(CommitHint.Any);
    }

    public void Hear(CommitHint hint)
    {
        lock (_gate)
        {
            _ofAll.ForEach(signal => signal.Tell());
            if (hint == CommitHint.Any)
            {
                foreach (var signals in _ofThreads.Values)
                {
                    signals.ForEach(signal => signal.Tell());
                }
            }
            else if (_ofThreads.TryGetValue(hint.Thread, out var signals))
            {
                signals.ForEach(signal => signal.Tell());
            }
        }
    }

    private void EndIfUnused()
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                EndListening();
            }
        }
    }

    private void EndListening()
    {
        _ending?.Dispose();
        _hints?.Dispose();
        (_ending, _hints) = (null, null);
    }

    private List<CommitSignal>? ListOf(CommitSignal signal, bool make)
    {
        if (signal.Thread is not { } thread)
        {
            return _ofAll;
        }

        if (!_ofThreads.TryGetValue(thread, out var signals) && make)
        {
            _ofThreads[thread] = signals = [];
        }

        return signals;
    }
}
