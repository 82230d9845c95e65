using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>What the commits of a thread own of its head.</summary>
internal static class HeadFacts
{
    /// <summary>A head with what follows from a state.</summary>
    public static ThreadHead Of(ThreadState state, ThreadHead head)
    {
        var facts = TurnFacts.Of(state, state.OpenCalls);
        return head with
        {
            UserId = state.UserId,
            Agent = state.Agent,
            Status = state.Status,
            Metadata = state.Find(SectionNames.Metadata)?.ToDictionary(pair => pair.Key, pair => Utf8Json.Parse(pair.Value), StringComparer.Ordinal) ?? (IReadOnlyDictionary<string, JsonElement>)ThreadHead.EmptyMetadata,
            MessageCount = state.MessageCount,
            DeletedAt = state.IsDeleted ? head.DeletedAt ?? head.UpdatedAt : null,
            DueAt = facts.DueAt,
            Terms = Parentage.TermsOf(state, facts.Terms),
        };
    }

    /// <summary>Whether two heads of one version say the same. Logs keep times to the millisecond.</summary>
    public static bool AreSame(ThreadHead one, ThreadHead other)
        => (one.KeyframeVersion, one.MessageCount, one.Status) == (other.KeyframeVersion, other.MessageCount, other.Status)
            && (one.UserId, one.Agent) == (other.UserId, other.Agent)
            && (Instants.Floor(one.CreatedAt), Instants.Floor(one.UpdatedAt)) == (Instants.Floor(other.CreatedAt), Instants.Floor(other.UpdatedAt))
            && (Instants.Floor(one.DeletedAt), Instants.Floor(one.DueAt)) == (Instants.Floor(other.DeletedAt), Instants.Floor(other.DueAt))
            && one.Terms.SequenceEqual(other.Terms)
            && one.Metadata.Count == other.Metadata.Count
            && one.Metadata.All(pair => other.Metadata.TryGetValue(pair.Key, out var value) && JsonElement.DeepEquals(pair.Value, value));
}
