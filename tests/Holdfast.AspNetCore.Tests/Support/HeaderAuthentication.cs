using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Holdfast.AspNetCore.Tests.Support;

/// <summary>Signs in whoever the header <c>X-User</c> names; <c>X-Claims</c> has further claims, as <c>type=value</c>.</summary>
internal sealed class HeaderAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "header";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var claims = Request.Headers["X-Claims"].Select(claim => claim!.Split('=')).Select(parts => new Claim(parts[0], parts[1])).ToList();
        if (Request.Headers["X-User"] is [{ } user])
        {
            claims.Add(new(ClaimTypes.NameIdentifier, user));
        }

        return Task.FromResult(claims.Count == 0
            ? AuthenticateResult.NoResult()
            : AuthenticateResult.Success(new(new(new ClaimsIdentity(claims, Name)), Name)));
    }
}
