using Holdfast;
using HoldfastApp._1;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.AI;

// An agent behind HTTP that remembers, for many users: dotnet run
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHoldfast(builder.Configuration.GetSection("Holdfast"), holdfast => holdfast.AddSqlite());
builder.Services.AddHealthChecks().AddHoldfast();
builder.Services.AddHttpContextAccessor();
builder.Services.AddChatClient(Models.Create(builder.Configuration))
    .UseDurableFunctionInvocation()
    .UseHoldfast((services, options) =>
    {
        // The store refuses the conversation of another user, whatever the endpoints do.
        var http = services.GetRequiredService<IHttpContextAccessor>();
        options.UserIdOf = _ => http.HttpContext?.User.Identity?.Name;
    });
builder.Services.AddSingleton<ChatAgent>();

// Put your authentication here: this one believes whoever names a user in the header X-User.
builder.Services.AddAuthentication("X-User").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("X-User", null);
builder.Services.AddAuthorization();
builder.Services.AddProblemDetails();

var app = builder.Build();
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    StatusCodeSelector = error => error switch
    {
        InvalidIdentifierException => StatusCodes.Status400BadRequest,
        ThreadAccessDeniedException => StatusCodes.Status403Forbidden,
        StoreUnavailableException => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    },
});
app.UseStatusCodePages();
app.MapGet("/", () => "POST /chats/{id} says something, GET /chats/{id} shows the conversation; README.md has the commands.");
app.MapHealthChecks("/health");
app.MapChats();
app.Run();
