using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Infrastructure;

namespace Holdfast;

/// <summary>What is known of an answer before it is written.</summary>
internal static class HandlerResult
{
    /// <summary>The status that an answer will have, as far as it says so.</summary>
    public static int StatusOf(object? result, HttpResponse response) => result switch
    {
        INestedHttpResult nested => StatusOf(nested.Result, response),
        IStatusCodeHttpResult { StatusCode: { } status } => status,
        IStatusCodeActionResult { StatusCode: { } status } => status,
        ChallengeHttpResult or ChallengeResult => StatusCodes.Status401Unauthorized,
        ForbidHttpResult or ForbidResult => StatusCodes.Status403Forbidden,
        _ => response.StatusCode,
    };
}
