using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Holdfast;

/// <summary>Whose request it is.</summary>
internal static class RequestUser
{
    /// <summary>The user of a request; null for nobody.</summary>
    /// <exception cref="RefusedException">Nobody is signed in where somebody must be, or who it is cannot be told.</exception>
    public static string? Of(HttpContext context, HandlerOptions options)
    {
        var user = options.UserIdOf is { } userIdOf ? userIdOf(context) : ClaimOf(context.User, ClaimTypes.NameIdentifier) ?? ClaimOf(context.User, "sub");
        if (!string.IsNullOrEmpty(user))
        {
            return user;
        }

        // Who is signed in is never taken for nobody.
        if (options.UserIdOf is null && context.User.Identities.Any(identity => identity.IsAuthenticated))
        {
            throw RefusedException.Of(StatusCodes.Status403Forbidden, ErrorCodes.AccessDenied, "Who is signed in has no id: neither a claim NameIdentifier nor a claim sub.");
        }

        return options.AllowAnonymous ? null : throw RefusedException.Of(StatusCodes.Status401Unauthorized, ErrorCodes.AccessDenied, "Nobody is signed in.");
    }

    /// <summary>A claim of who is signed in; what an identity claims that is not authenticated counts for nothing.</summary>
    public static string? ClaimOf(ClaimsPrincipal principal, string type)
        => principal.Identities.Where(identity => identity.IsAuthenticated).Select(identity => identity.FindFirst(type)?.Value).FirstOrDefault(value => !string.IsNullOrEmpty(value));
}
