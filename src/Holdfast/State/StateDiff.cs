namespace Holdfast;

/// <summary>Turns a whole state into the changes that lead to it.</summary>
internal static class StateDiff
{
    /// <summary>Changes a fresh session so that it shows <paramref name="wanted"/>.</summary>
    public static async ValueTask ApplyAsync(SessionState session, AgentState wanted, CancellationToken cancellationToken)
    {
        ApplySections(session, wanted);
        session.TakeAgent(wanted.Agent);
        session.TakeStatus(wanted.Status);
        var stored = await session.History.BackwardAsync(null, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        stored.Reverse();
        ApplyMessages(session, stored, wanted.Snapshot.Stored);
    }

    private static void ApplySections(SessionState session, AgentState wanted)
    {
        CheckParents(session, wanted);
        var sections = Collect(wanted);
        foreach (var (name, values) in session.State.Sections.Where(section => !SectionNames.IsReserved(section.Key)).ToList())
        {
            foreach (var key in values.Keys.Where(key => !sections.TryGetValue(name, out var keys) || !keys.ContainsKey(key)).ToList())
            {
                session.Remove(name, key);
            }
        }

        foreach (var (name, values) in sections)
        {
            foreach (var (key, value) in values.Where(pair => !session.State.TryGet(name, pair.Key, out var current) || !Utf8Json.Same(current, pair.Value)))
            {
                session.Set(name, key, value);
            }
        }
    }

    // What two merged commits left without its parent, or in a circle, can still be saved as it is.
    private static void CheckParents(SessionState session, AgentState wanted)
    {
        var goals = wanted.Goals.Where(goal => goal.ParentId is not null && StoredParent(session, goal.Id) != goal.ParentId).ToList();
        if (goals.Count == 0)
        {
            return;
        }

        var byId = wanted.Goals.DistinctBy(goal => goal.Id, StringComparer.Ordinal).ToDictionary(goal => goal.Id, StringComparer.Ordinal);
        foreach (var goal in goals)
        {
            if (GoalRules.ParentProblem(goal.Id, goal.ParentId!, byId.GetValueOrDefault) is { } problem)
            {
                throw new InvalidStateValueException($"{SectionNames.Goals}/{goal.Id} cannot be stored: {problem}");
            }
        }
    }

    private static string? StoredParent(SessionState session, string id)
        => session.State.TryGet(SectionNames.Goals, id, out var json) ? GoalCodec.Read(id, json).ParentId : null;

    private static Dictionary<string, OrderedDictionary<string, ReadOnlyMemory<byte>>> Collect(AgentState wanted)
    {
        var sections = new Dictionary<string, OrderedDictionary<string, ReadOnlyMemory<byte>>>(StringComparer.Ordinal);
        foreach (var (name, values) in wanted.Sections())
        {
            var section = new OrderedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
            if (!sections.TryAdd(name, section))
            {
                throw new InvalidStateValueException($"The section '{name}' cannot be stored: the state has it twice, in {nameof(AgentState.OtherSections)} too.");
            }

            foreach (var (key, value) in values)
            {
                if (!section.TryAdd(key, value))
                {
                    throw new InvalidStateValueException($"{name}/{key} cannot be stored: the state has it twice.");
                }
            }
        }

        return sections;
    }

    // The usual case first: messages were added. Then: older ones were dropped. Otherwise everything after the first difference is new.
    private static void ApplyMessages(SessionState session, List<LocatedMessage> stored, IReadOnlyList<StoredMessage> wanted)
    {
        var same = 0;
        while (same < Math.Min(stored.Count, wanted.Count) && stored[same].Message.SameAs(wanted[same]))
        {
            same++;
        }

        var kept = same;
        if (same < stored.Count)
        {
            var dropped = Enumerable.Range(1, stored.Count).First(dropped => IsPrefix(stored, dropped, wanted));
            var history = session.State.History;
            if (dropped < stored.Count)
            {
                kept = stored.Count - dropped;
                session.History.Show(new(history.StartingAt(stored[dropped].Range, stored[dropped].Version, stored[dropped].Index), kept));
            }
            else if (same > 0)
            {
                var last = stored[same - 1];
                var calls = OpenCalls.Of(stored.Take(kept).Select(message => (message.Message, message.Version, message.Index)));
                session.History.Show(new(history.EndingAt(last.Range, last.Version, last.Index + 1), kept), calls);
            }
            else
            {
                session.History.Clear();
            }
        }

        session.Pending.Messages.AddRange(wanted.Skip(kept));
    }

    // Whether what is stored from `start` on is how `wanted` begins; nothing always is.
    private static bool IsPrefix(List<LocatedMessage> stored, int start, IReadOnlyList<StoredMessage> wanted)
    {
        if (stored.Count - start > wanted.Count)
        {
            return false;
        }

        for (var i = start; i < stored.Count; i++)
        {
            if (!stored[i].Message.SameAs(wanted[i - start]))
            {
                return false;
            }
        }

        return true;
    }
}
