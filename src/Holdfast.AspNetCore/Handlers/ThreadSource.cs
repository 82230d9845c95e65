using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast;

/// <summary>Where a request says which thread it is about.</summary>
/// <param name="What">What it is called in errors.</param>
/// <param name="Read">Reads it; null where it is missing.</param>
internal sealed record ThreadSource(string What, Func<HttpContext, string?> Read)
{
    /// <summary>The value of the route that it is; null for another source.</summary>
    public string? RouteValue { get; private init; }

    /// <summary>The cookie that it is; null for another source.</summary>
    public ThreadCookie? Cookie { get; private init; }

    public static ThreadSource Route(string name)
        => new($"the value '{name}' of the route", context => Convert.ToString(context.GetRouteValue(name), CultureInfo.InvariantCulture)) { RouteValue = name };

    // More than one header of the name is as good as none: it is not known which of them is meant.
    public static ThreadSource Header(string name) => new($"the header '{name}'", context => context.Request.Headers[name] is [var only] ? only : null);

    public static ThreadSource Claim(string type) => new($"the claim '{type}'", context => RequestUser.ClaimOf(context.User, type));

    public static ThreadSource OfCookie(string name, TimeSpan? maxAge) => new($"the cookie '{name}'", _ => null) { Cookie = new(name, maxAge) };

    public static ThreadSource Function(Func<HttpContext, string?> idOf) => new("the id of the thread", idOf);
}
