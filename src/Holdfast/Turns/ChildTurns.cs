namespace Holdfast;

/// <summary>The turns that a turn has begun in child threads, one for each call of an agent, as long as they have not ended.</summary>
internal sealed class ChildTurns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string?> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<Interrupt>> _interrupts = new(StringComparer.Ordinal);

    /// <summary>What they ask people.</summary>
    public IReadOnlyList<Interrupt> Interrupts
    {
        get
        {
            lock (_lock)
            {
                return [.. _interrupts.Values.SelectMany(asked => asked)];
            }
        }
    }

    /// <summary>The child thread of a call. Another turn has other ones, also one of a later thread of the same id.</summary>
    public static ThreadKey KeyOf(ThreadKey parent, TurnId turn, string call) => ThreadKey.Of(parent.Tenant, ThreadId.OfChild(parent.Id, $"{turn}/{call}"));

    public void Begin(string call)
    {
        lock (_lock)
        {
            _open[call] = null;
            _ended.Remove(call);
            _interrupts.Remove(call);
        }
    }

    /// <summary>Notes that one waits, and for what.</summary>
    public void Wait(string call, Turn child)
    {
        lock (_lock)
        {
            _open[call] = child.Session.State.State.Status.ToName();
            _interrupts[call] = child.Interrupts;
        }
    }

    public void End(string call)
    {
        lock (_lock)
        {
            _open.Remove(call);
            _ended.Add(call);
        }
    }

    /// <summary>Those that wait: call → status of the child thread; null if there are none.</summary>
    /// <param name="stored">Those that waited when the turn was resumed, of which some may not have been called again yet.</param>
    public IReadOnlyDictionary<string, string>? Waiting(IReadOnlyDictionary<string, string>? stored)
    {
        lock (_lock)
        {
            var waiting = (stored ?? new Dictionary<string, string>()).Where(pair => !_ended.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal);
            foreach (var (call, status) in _open)
            {
                if (status is not null)
                {
                    waiting[call] = status;
                }
            }

            return waiting.Count == 0 ? null : waiting;
        }
    }

    /// <summary>The calls whose turns have not ended, as far as it is known.</summary>
    public IReadOnlyCollection<string> Open(TurnDocument turn)
    {
        lock (_lock)
        {
            return [.. (turn.Waits?.Keys ?? []).Except(_ended, StringComparer.Ordinal).Union(_open.Keys, StringComparer.Ordinal)];
        }
    }

    /// <summary>Ends the turns of calls that nobody waits for any more. What fails is left: whoever looks at such a turn later finds that nobody waits for it.</summary>
    public static async ValueTask CancelAsync(StoreContext store, ThreadKey parent, TurnId turn, IEnumerable<string> calls, string? reason)
    {
        foreach (var call in calls)
        {
            try
            {
                await EndAsync(store, KeyOf(parent, turn, call), turn, reason).ConfigureAwait(false);
            }
            catch (AgentStateException e)
            {
                StoreLog.ChildNotCancelled(store.Logger, KeyOf(parent, turn, call), e);
            }
        }
    }

    private static async ValueTask EndAsync(StoreContext store, ThreadKey child, TurnId parent, string? reason)
    {
        if (await TurnControl.ReadAsync(store, child, CancellationToken.None).ConfigureAwait(false) is { } book
            && book.Turns.FirstOrDefault(open => open.Turn.Up == parent.Value && open.Turn.State != TurnState.Failed) is { Turn: not null } open)
        {
            await TurnControl.CancelAsync(store, child, open.Id, reason, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
