using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Holdfast;

/// <summary>Answers errors of the store that no endpoint has answered.</summary>
internal sealed class StateExceptionHandler(ProblemWriter problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not AgentStateException error)
        {
            return false;
        }

        await problems.WriteAsync(httpContext, error).ConfigureAwait(false);
        return true;
    }
}
