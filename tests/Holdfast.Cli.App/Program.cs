using Holdfast;
using Holdfast.Cli.App;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

// The application uses the same class as the tool.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHoldfast(holdfast => holdfast.UseFiles("threads").Configure(new CustomerMigrations().AddTo));
var app = builder.Build();
app.Run();
