using Holdfast.Logs;

namespace Holdfast;

/// <summary>Chooses among threads that are due, so that no user waits behind all threads of another.</summary>
internal static class FairShare
{
    /// <summary>Whose thread it is: of its user, or of nobody.</summary>
    public static string? OwnerOf(ThreadHead head) => head.UserId is { } user ? $"{head.Key.Tenant}\n{user}" : null;

    /// <summary>Chooses threads: one of each user, round after round, as long as there are places.</summary>
    /// <param name="due">The threads, those that are due longest first.</param>
    /// <param name="running">How many turns of each owner run here.</param>
    /// <param name="places">How many are chosen at most.</param>
    /// <param name="most">How many turns of one owner run at most. Threads of nobody are not limited.</param>
    /// <param name="offset">Where to begin, so that workers that look at the same time do not all choose the same.</param>
    public static IReadOnlyList<ThreadHead> Choose(IReadOnlyList<ThreadHead> due, IReadOnlyDictionary<string, int> running, int places, int most, int offset)
    {
        var owners = due.Skip(offset).Concat(due.Take(offset))
            .GroupBy(head => OwnerOf(head) ?? $"\n{head.Key}", StringComparer.Ordinal)
            .Select(owner => owner.Take(Math.Max(0, most - running.GetValueOrDefault(owner.Key))).ToList())
            .ToList();
        var chosen = new List<ThreadHead>();
        for (var round = 0; round < most && chosen.Count < places; round++)
        {
            chosen.AddRange(owners.Where(owner => owner.Count > round).Select(owner => owner[round]).Take(places - chosen.Count));
        }

        return chosen;
    }
}
