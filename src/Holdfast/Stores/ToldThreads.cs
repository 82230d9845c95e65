using Holdfast.Logs;

namespace Holdfast;

/// <summary>Which versions of which threads were told lately, so that overlapping listings need not tell them again. Bounded: what is forgotten is told twice.</summary>
internal sealed class ToldThreads
{
    /// <summary>How many threads are known at least, if there are that many; at most twice as many. Each takes some 40 bytes.</summary>
    private const int Most = 50_000;

    private Dictionary<long, ulong> _new = [];
    private Dictionary<long, ulong> _old = [];

    /// <summary>Notes that a thread is told as it is.</summary>
    /// <returns>Whether it had not been.</returns>
    public bool Add(ThreadHead head)
    {
        // The chain hash stands for the life and the version, too.
        var (thread, state) = (CommitHint.Of(head.Key).Thread, head.ThreadPosition.Chain);
        if (_new.TryGetValue(thread, out var told) || _old.TryGetValue(thread, out told))
        {
            if (told == state)
            {
                return false;
            }
        }

        if (_new.Count >= Most && !_new.ContainsKey(thread))
        {
            (_old, _new) = (_new, []);
        }

        _new[thread] = state;
        return true;
    }
}
