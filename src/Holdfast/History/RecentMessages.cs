namespace Holdfast;

/// <summary>The messages of the newest entries, oldest first and without gaps, as many as a session keeps in memory.</summary>
/// <remarks>A session that stays open commits again and again; what it no longer keeps is read from the log when it is asked for.</remarks>
internal static class RecentMessages
{
    private const int FewestEntries = 256;
    private const long MostBytes = 8 * 1024 * 1024;

    /// <summary>Adds the newest entry.</summary>
    /// <param name="entries">The entries so far. The list is added to or left as it is, never shortened: readers may be in the midst of it.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="wanted">How many entries the session wants to keep.</param>
    /// <returns>The same list with the entry, or a shorter one.</returns>
    public static List<EntryMessages> Add(List<EntryMessages> entries, EntryMessages entry, int wanted)
    {
        entries.Add(entry);
        var most = Math.Max(FewestEntries, wanted);

        // Shortened to half each time, so that an entry is moved once on the average. What it weighs is looked at now and then.
        return entries.Count > 2 * most || (entries.Count % 64 == 0 && BytesOf(entries) > 2 * MostBytes) ? Newest(entries, most) : entries;
    }

    private static List<EntryMessages> Newest(List<EntryMessages> entries, int most)
    {
        var first = entries.Count - 1;
        var bytes = BytesOf(entries[first]);
        while (first > 0 && entries.Count - first < most && (bytes += BytesOf(entries[first - 1])) <= MostBytes)
        {
            first--;
        }

        return entries.GetRange(first, entries.Count - first);
    }

    private static long BytesOf(List<EntryMessages> entries) => entries.Sum(BytesOf);

    private static long BytesOf(EntryMessages entry) => entry.Messages.Sum(message => (long)message.Json.Length);
}
