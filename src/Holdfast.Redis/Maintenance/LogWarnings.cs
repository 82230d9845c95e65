using Holdfast.Logs;
using Microsoft.Extensions.Logging;

namespace Holdfast.Redis.Maintenance;

/// <summary>What calls found amiss without failing over it: logged when it is new, and kept for <see cref="RedisCommitLog.GetWarningsAsync"/>.</summary>
/// <remarks>Thread safe.</remarks>
internal sealed class LogWarnings(ILogger? logger)
{
    private const int Most = 100;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<(ThreadKey Thread, string Problem), string> _known = [];

    public IReadOnlyList<string> Known
    {
        get
        {
            lock (_lock)
            {
                return [.. _known.Values];
            }
        }
    }

    /// <summary>Tells that the index does not have what was written to a thread.</summary>
    public void TellOfIndex(ThreadKey thread, string problem, Exception? error)
    {
        if (Add(thread, problem, $"What was last written to thread '{thread}' is stored, but the index for listings does not have it: {problem} RepairIndexAsync brings the index up to date."))
        {
            RedisLogMessages.IndexNotWritten(logger!, thread, problem, error);
        }
    }

    /// <summary>Tells of a thread that a listing left out.</summary>
    public void TellOfDamage(ThreadKey thread, AgentStateException damage)
    {
        if (Add(thread, damage.Message, $"Listings leave out a thread: {damage.Message}"))
        {
            RedisLogMessages.LeftOut(logger!, thread, damage.Message, damage);
        }
    }

    /// <summary>Forgets what was told of a thread, which is gone.</summary>
    public void Forget(ThreadKey thread)
    {
        lock (_lock)
        {
            foreach (var told in _known.Keys.Where(told => told.Thread == thread).ToList())
            {
                _known.Remove(told);
            }
        }
    }

    /// <summary>Forgets everything; what is still amiss is told of again.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _known.Clear();
        }
    }

    /// <summary>Keeps a warning. Returns whether it is to be logged.</summary>
    private bool Add(ThreadKey thread, string problem, string warning)
    {
        lock (_lock)
        {
            if (!_known.TryAdd((thread, problem), warning))
            {
                return false;
            }

            if (_known.Count > Most)
            {
                _known.RemoveAt(0);
            }
        }

        return logger is not null;
    }
}
