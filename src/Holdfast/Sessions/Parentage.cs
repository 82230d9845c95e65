using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>How a thread says whose child it is: the section <c>$parent</c> of its first commit, from which a term of its head follows.</summary>
internal static class Parentage
{
    private const string Key = "id";
    private const string TermStart = "parent:";

    /// <summary>The term of all children of a thread.</summary>
    public static string TermOf(ThreadId parent) => TermStart + parent.Value;

    /// <summary>The thread that a head names as the parent; null if there is none.</summary>
    public static ThreadId? Of(ThreadHead head)
        => head.Terms.FirstOrDefault(term => term.StartsWith(TermStart, StringComparison.Ordinal)) is { } term ? ThreadId.Parse(term[TermStart.Length..]) : (ThreadId?)null;

    /// <summary>The thread that a state names as the parent; null if there is none.</summary>
    public static ThreadId? Of(ThreadState state)
        => state.TryGet(SectionNames.Parent, Key, out var json) && JsonElement.Parse(json.Span).GetString() is { } parent ? ThreadId.Parse(parent) : (ThreadId?)null;

    /// <summary>The terms of a head: those that follow from turns, and that of the parent. In ordinal order.</summary>
    public static IReadOnlyList<string> TermsOf(ThreadState state, IReadOnlyList<string> ofTurns)
        => Of(state) is { } parent ? [.. ofTurns.Append(TermOf(parent)).Order(StringComparer.Ordinal)] : ofTurns;

    /// <summary>Makes a thread that begins with the next commit the child of the one that its session was opened under.</summary>
    public static void Record(SessionState session)
    {
        if (session is { Base: null, Open.ParentId: { } parent })
        {
            session.Set(SectionNames.Parent, Key, JsonSerializer.SerializeToUtf8Bytes(parent.Value, PlainJson.Relaxed.String));
        }
    }

    /// <summary>Whether a section stays when a thread is emptied.</summary>
    public static bool Has(string section) => section == SectionNames.Parent;

    /// <summary>Opens a thread that is to begin as a child: it gets its parent's owner.</summary>
    /// <exception cref="ThreadNotFoundException">There is no such parent, or not for the one who asks.</exception>
    /// <exception cref="ThreadAccessDeniedException">The parent belongs to another user.</exception>
    public static async ValueTask<OpenOptions> UnderParentAsync(StoreContext store, ThreadKey key, OpenOptions options, CancellationToken cancellationToken)
    {
        if (options.ParentId is not { } id)
        {
            return options;
        }

        var parent = ThreadKey.Of(key.Tenant, id);
        var head = await store.Calls.GetHeadAsync(parent, cancellationToken).ConfigureAwait(false);
        if (head is null || (head.ExpiresAt is not null && head.IsExpired(await store.NowAsync(cancellationToken).ConfigureAwait(false))))
        {
            throw new ThreadNotFoundException(parent);
        }

        if (head.DeletedAt is not null)
        {
            throw new ThreadNotFoundException(parent, deleted: true);
        }

        return head.UserId is { } owner && options.UserId is { } user && owner != user
            ? throw new ThreadAccessDeniedException(parent)
            : options with { UserId = options.UserId ?? head.UserId };
    }
}
