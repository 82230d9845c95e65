using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Holdfast;

/// <summary>A reply as server-sent events. Whoever stops listening does not end it.</summary>
internal sealed class ChatStreamResult(ChatRun run, int from, TimeSpan keepAlive, TimeProvider time) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => StatusCodes.Status200OK;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        // Proxies that collect an answer before they pass it on are asked not to.
        httpContext.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(run.ReadAsync(from, keepAlive, time, httpContext.RequestAborted)).ExecuteAsync(httpContext);
    }
}
