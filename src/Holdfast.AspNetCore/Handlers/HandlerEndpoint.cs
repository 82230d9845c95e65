using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Holdfast;

/// <summary>Makes an endpoint one with a thread: what is around its handler, and what is between the handler and its answer.</summary>
internal static class HandlerEndpoint
{
    /// <summary>Adds a thread to an endpoint, or changes how it gets the one that it has.</summary>
    public static void Add(EndpointBuilder endpoint, Action<HandlerOptions>? configure, bool hasSession)
    {
        if (endpoint.Metadata.OfType<HandlerSetup>().FirstOrDefault() is not { } setup)
        {
            var services = endpoint.ApplicationServices;
            if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(HandlerScope)) is not true)
            {
                throw new InvalidOperationException("Endpoints with threads need services of their own: call builder.Services.AddHoldfastHandlers().");
            }

            setup = new(services.GetRequiredService<IOptions<HandlerOptions>>().Value.Snapshot());
            endpoint.Metadata.Add(setup);
            Wrap(endpoint, setup);
        }

        configure?.Invoke(setup.Options);
        setup.HasSession |= hasSession;
    }

    /// <summary>Checks an endpoint after all of its conventions.</summary>
    /// <exception cref="StateConfigurationException">A setting is out of its range.</exception>
    public static void Finish(EndpointBuilder endpoint)
    {
        var setup = endpoint.Metadata.OfType<HandlerSetup>().First();
        setup.Options.Validate();
        if (setup.Options.Source.Cookie is not null && endpoint.ApplicationServices.GetService<IDataProtectionProvider>() is null)
        {
            throw new InvalidOperationException("A cookie that carries a thread is protected: call builder.Services.AddDataProtection().");
        }

        if (endpoint is RouteEndpointBuilder { RoutePattern: var pattern })
        {
            setup.Pattern = pattern.RawText;
            if (setup.Options.Source.RouteValue is { } name && pattern.GetParameter(name) is null)
            {
                throw new InvalidOperationException(
                    $"The route '{pattern.RawText}' has no value '{name}', which is to name the thread. Add {{{name}}} to it, or say where the thread's id comes from: WithState(options => options.FromHeader(…)).");
            }
        }
    }

    // The session is opened before the handler's arguments are bound, and committed between the handler and its answer, which only a filter sees.
    private static void Wrap(EndpointBuilder endpoint, HandlerSetup setup)
    {
        endpoint.FilterFactories.Insert(0, (_, next) => async invocation =>
        {
            var result = await next(invocation).ConfigureAwait(false);
            await invocation.HttpContext.RequestServices.GetRequiredService<HandlerScope>().Call!.ReturnedAsync(result).ConfigureAwait(false);
            return result;
        });
        var handler = endpoint.RequestDelegate ?? throw new InvalidOperationException($"The endpoint '{endpoint.DisplayName}' has no handler.");
        endpoint.RequestDelegate = context => RunAsync(context, setup, handler);
    }

    private static async Task RunAsync(HttpContext context, HandlerSetup setup, RequestDelegate handler)
    {
        var problems = context.RequestServices.GetRequiredService<ProblemWriter>();
        try
        {
            if (await HandlerOpening.OpenAsync(context, setup, context.RequestServices.GetRequiredService<HandlerLog>()).ConfigureAwait(false) is { } call)
            {
                context.RequestServices.GetRequiredService<HandlerScope>().Call = call;
                await handler(context).ConfigureAwait(false);
                await call.WrittenAsync().ConfigureAwait(false);
            }
        }
        catch (RefusedException e) when (!context.Response.HasStarted)
        {
            await problems.WriteAsync(context, e.Problem).ConfigureAwait(false);
        }
        catch (AgentStateException e) when (!context.Response.HasStarted)
        {
            await problems.WriteAsync(context, e).ConfigureAwait(false);
        }
    }
}
