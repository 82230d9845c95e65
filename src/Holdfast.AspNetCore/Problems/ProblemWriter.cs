using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace Holdfast;

/// <summary>Answers requests with problems, as the application writes its own.</summary>
internal sealed class ProblemWriter(IProblemDetailsService service, HandlerLog log, TimeProvider? timeProvider = null)
{
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;

    public Task WriteAsync(HttpContext context, AgentStateException error)
    {
        var problem = ProblemCatalog.Of(error.Code);
        if (problem.Status >= StatusCodes.Status500InternalServerError)
        {
            log.Failed(context.Request.Path, error.Code, error);
        }

        if (error is StoreUnavailableException { OutcomeUnknown: true })
        {
            problem.Extensions["outcomeUnknown"] = true;
        }

        if (error is TurnSuspendedException { Until: { } until })
        {
            var seconds = Math.Max(1, Math.Ceiling((until - _time.GetUtcNow()).TotalSeconds));
            context.Response.Headers[HeaderNames.RetryAfter] = seconds.ToString("F0", CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, problem);
    }

    public async Task WriteAsync(HttpContext context, ProblemDetails problem)
    {
        log.Refused(context.Request.Path, problem.Status, (string)problem.Extensions["code"]!);
        context.Response.StatusCode = problem.Status!.Value;
        if (!await service.TryWriteAsync(new() { HttpContext = context, ProblemDetails = problem }).ConfigureAwait(false))
        {
            // The caller accepts nothing that a problem can be written as: the status has to do.
            await context.Response.CompleteAsync().ConfigureAwait(false);
        }
    }
}
