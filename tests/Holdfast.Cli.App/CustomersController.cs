using Microsoft.AspNetCore.Mvc;

namespace Holdfast.Cli.App;

/// <summary>A type that cannot be loaded where there is no ASP.NET Core, as in the tool.</summary>
public sealed class CustomersController : ControllerBase
{
    public string Get() => "none";
}
