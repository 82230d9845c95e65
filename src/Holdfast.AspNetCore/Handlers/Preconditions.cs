using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace Holdfast;

/// <summary>The conditions of a request, by RFC 9110: the ETag of a thread is its position.</summary>
internal static class Preconditions
{
    public static bool HasIfMatch(HttpRequest request) => request.Headers.IfMatch.Count > 0;

    /// <summary>Compares the conditions of a request with the position of its thread; <see cref="ThreadPosition.Beginning"/> for one that is not there.</summary>
    /// <returns>Whether the caller has what it asks for already, which is answered with 304.</returns>
    /// <exception cref="RefusedException">A condition does not hold.</exception>
    public static bool IsNotModified(HttpRequest request, ThreadPosition position, bool isRead)
    {
        var headers = request.GetTypedHeaders();
        if (HasIfMatch(request) && !Matches(headers.IfMatch, position, strong: true))
        {
            throw Failed();
        }

        return request.Headers.IfNoneMatch.Count > 0 && Matches(headers.IfNoneMatch, position, strong: false) && (isRead ? true : throw Failed());
    }

    public static RefusedException Failed()
        => RefusedException.Of(StatusCodes.Status412PreconditionFailed, ErrorCodes.CommitConflict, "The thread is not as the condition of the request says. Nothing was changed.");

    /// <summary>Sends the position as ETag, for no cache but that of who asked, which asks again each time.</summary>
    public static void Tell(HttpResponse response, ThreadPosition position, bool isRead)
    {
        if (position == ThreadPosition.Beginning || response.HasStarted)
        {
            return;
        }

        if (response.Headers.ETag.Count == 0)
        {
            response.Headers.ETag = TagOf(position).ToString();
        }

        if (isRead && response.Headers.CacheControl.Count == 0)
        {
            response.Headers.CacheControl = "private, no-cache";
        }
    }

    private static EntityTagHeaderValue TagOf(ThreadPosition position) => new($"\"{position}\"");

    // What cannot be read matches nothing.
    private static bool Matches(IList<EntityTagHeaderValue> tags, ThreadPosition position, bool strong)
        => position != ThreadPosition.Beginning && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(TagOf(position), strong));
}
