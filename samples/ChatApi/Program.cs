using System.Security.Claims;
using ChatApi;
using Holdfast;
using Microsoft.Extensions.AI;

// A chat over HTTP that remembers, for many users: dotnet run --project samples/ChatApi
//   curl localhost:5000/chats/demo -H 'X-User: john' -H 'Content-Type: application/json' -d '{"text":"Hello"}'
IChatClient model = new CountingModel();

#region services
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHttpContextAccessor();
builder.Services.AddHoldfast(holdfast => holdfast.UseSqlite("chats.db"));
builder.Services.AddChatClient(model)
    .UseDurableFunctionInvocation()
    .UseHoldfast((services, options) =>
    {
        var http = services.GetRequiredService<IHttpContextAccessor>();
        options.UserIdOf = _ => http.HttpContext?.User.Identity?.Name;
    });
#endregion

var app = builder.Build();

// Stands for the authentication of a real application: whoever says a name is believed.
app.Use((context, next) =>
{
    if (context.Request.Headers["X-User"] is [{ Length: > 0 } name])
    {
        context.User = new(new ClaimsIdentity([new(ClaimTypes.Name, name)], "sample"));
    }

    return next();
});

#region endpoint
app.MapPost("/chats/{id}", async (string id, Question question, IChatClient chat, CancellationToken cancellationToken) =>
{
    try
    {
        var response = await chat.GetResponseAsync(question.Text, new() { ConversationId = id }, cancellationToken);
        return Results.Text(response.Text);
    }
    catch (ThreadAccessDeniedException)
    {
        return Results.StatusCode(StatusCodes.Status403Forbidden);
    }
});
#endregion

app.Run();
