using System.Security.Claims;
using Holdfast;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.AI;
using WebChat;

// A web chat for many users: dotnet run --project samples/WebChat, then open http://localhost:5000 in two browsers.
// Everything is in the folder 'data': stop the program while it answers, start it again, and the conversation goes on.
var builder = WebApplication.CreateBuilder(args);
var data = Directory.CreateDirectory(builder.Configuration["Data"] ?? "data").FullName;

#region services
builder.Services.AddHoldfast(holdfast => holdfast.UseSqlite(Path.Combine(data, "chats.db")));
builder.Services.AddHoldfastHandlers();
builder.Services.AddChatClient(new ScriptedModel()).UseDurableFunctionInvocation().UseHoldfast();
#endregion

builder.Services.AddDataProtection().PersistKeysToFileSystem(new(Path.Combine(data, "keys")));
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();

var app = builder.Build();
app.UseExceptionHandler();
app.UseAuthentication();
app.Use((context, next) =>
{
    context.Response.Headers.ContentSecurityPolicy = "default-src 'self'";
    return next();
});

// Stands for the sign-in of a real application: whoever says a name is believed.
app.MapPost("/login", (Login login) => string.IsNullOrWhiteSpace(login.Name)
    ? Results.BadRequest()
    : Results.SignIn(new(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, login.Name.Trim())], CookieAuthenticationDefaults.AuthenticationScheme))));
app.MapPost("/logout", () => Results.SignOut(authenticationSchemes: [CookieAuthenticationDefaults.AuthenticationScheme]));
app.MapGet("/me", (ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier) is { } name ? Results.Ok(new Login(name)) : Results.Unauthorized());

app.MapGet("/chats", async (ClaimsPrincipal user, AgentStateStore store, CancellationToken cancellationToken) =>
    user.FindFirstValue(ClaimTypes.NameIdentifier) is { } name
        ? Results.Ok(await store.ForUser(name).ListAsync(cancellationToken: cancellationToken).Select(thread => thread.Id.Value).ToListAsync(cancellationToken))
        : Results.Unauthorized());

#region handlers
app.MapGet("/chats/{thread}", async (ThreadSession session, CancellationToken cancellationToken) =>
    (await session.History.LastAsync(100, cancellationToken)).Select(message => new Said(message.Role.Value, message.Text))).WithState();

app.MapPost("/chats/{thread}", (ThreadRequest request, Question question, IChatClient chat, CancellationToken cancellationToken) =>
    request.StreamChatAsync(chat, question.Text, cancellationToken: cancellationToken)).WithThread();
#endregion

app.MapGet("/", () => Page.Of("page.html", "text/html; charset=utf-8"));
app.MapGet("/page.js", () => Page.Of("page.js", "text/javascript; charset=utf-8"));
app.MapGet("/page.css", () => Page.Of("page.css", "text/css; charset=utf-8"));

app.Run();
