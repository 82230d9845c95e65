using Holdfast;
using HoldfastApp._1;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.AI;

// An agent behind HTTP that remembers, for many users: dotnet run
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHoldfast(builder.Configuration.GetSection("Holdfast"), holdfast => holdfast.AddSqlite());
builder.Services.AddHoldfastHandlers(options => options.From(ChatEndpoints.ThreadOf));
builder.Services.AddHealthChecks().AddHoldfast();
builder.Services.AddChatClient(Models.Create(builder.Configuration))
    .UseDurableFunctionInvocation()
    .UseHoldfast();
builder.Services.AddSingleton<RememberingAgent>();

// Put your authentication here: this one believes whoever names a user in the header X-User.
builder.Services.AddAuthentication("X-User").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("X-User", null);

// A request that cannot be read, or lacks what it must have, is a bad one: also while developing.
builder.Services.AddValidation();
builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = false);

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapGet("/", () => "POST /chats/{id} says something, GET /chats/{id} shows the conversation; README.md has the commands.");
app.MapHealthChecks("/health");
app.MapChats();
app.Run();
