using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast;

/// <summary>A cookie that carries the id of a thread, and nothing else: protected, and bound to the store, the tenant and the user that it was made for.</summary>
/// <param name="name">The name of the cookie.</param>
/// <param name="maxAge">How long the browser keeps it after it was last sent; null for as long as the browser runs.</param>
internal sealed class ThreadCookie(string name, TimeSpan? maxAge)
{
    /// <summary>The id that the cookie of a request carries; null for a cookie that is missing, was tampered with, or was made for somebody else.</summary>
    public ThreadId? Read(HttpContext context, HandlerOptions options, AgentStateStore view)
    {
        if (context.Request.Cookies[name] is not { Length: > 0 } value)
        {
            return null;
        }

        try
        {
            return ThreadId.TryParse(ProtectorOf(context, options, view).Unprotect(value), out var id) ? id : default(ThreadId?);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>A new id, which nobody can guess.</summary>
    public static ThreadId NewId(HandlerOptions options) => ThreadId.Parse(options.IdPrefix + RandomNumberGenerator.GetHexString(32, lowercase: true));

    public void Write(HttpContext context, HandlerOptions options, AgentStateStore view, ThreadId id, bool isNew)
    {
        if (!isNew && maxAge is null)
        {
            return;
        }

        context.Response.Cookies.Append(name, ProtectorOf(context, options, view).Protect(id.Value), new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            Path = context.Request.PathBase.HasValue ? context.Request.PathBase.Value : "/",
            MaxAge = maxAge,
            IsEssential = true,
        });
    }

    private IDataProtector ProtectorOf(HttpContext context, HandlerOptions options, AgentStateStore view)
        => context.RequestServices.GetRequiredService<IDataProtectionProvider>().CreateProtector(
            "Holdfast.ThreadCookie", $"name:{name}", $"store:{options.StoreName}", $"tenant:{view.Tenant}", view.UserId is { } user ? $"user:{user}" : "nobody");
}
