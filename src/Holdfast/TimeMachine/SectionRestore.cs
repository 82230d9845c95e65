namespace Holdfast;

/// <summary>What of the sections an earlier state brings back: what the agent and its users made, but not what the engine keeps of turns, keys, leases and labels.</summary>
internal static class SectionRestore
{
    /// <summary>Whether a key is part of the state of a thread, as its users see it.</summary>
    public static bool Covers(string section, string key) => section switch
    {
        SectionNames.Records => !SectionNames.IsReserved(key),
        SectionNames.Lists => key == StoredRecord.Decision,
        SectionNames.Expires or SectionNames.OwnUser or SectionNames.Merges => true,
        _ => !SectionNames.IsReserved(section),
    };

    /// <summary>Changes a session so that its sections are those of an earlier state.</summary>
    /// <param name="session">The session.</param>
    /// <param name="wanted">The earlier state.</param>
    /// <param name="dropped">Names whose records were dropped: they lead to what they lead to now.</param>
    public static void Apply(SessionState session, ThreadState wanted, IReadOnlySet<string> dropped)
    {
        // The times of keys come last: whoever removes a key forgets its time.
        foreach (var (section, values) in session.State.Sections.OrderBy(section => section.Key == SectionNames.Expires).ToList())
        {
            foreach (var key in values.Keys.Where(key => Covers(section, key) && wanted.Peek(section, key) is null).ToList())
            {
                session.Remove(section, key);
            }
        }

        foreach (var (section, values) in wanted.Sections)
        {
            foreach (var (key, value) in values)
            {
                if (Covers(section, key) && !(section == SectionNames.Records && dropped.Contains(key)) && !(session.State.TryGet(section, key, out var current) && current.Span.SequenceEqual(value.Span)))
                {
                    session.Put(section, key, value);
                }
            }
        }
    }
}
