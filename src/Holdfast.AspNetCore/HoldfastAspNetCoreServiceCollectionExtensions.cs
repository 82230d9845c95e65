using Holdfast;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds to a service collection what handlers of requests need of Holdfast.</summary>
public static class HoldfastAspNetCoreServiceCollectionExtensions
{
    /// <summary>Adds what <c>WithState</c> and <c>WithThread</c> need, so that handlers can take a <see cref="ThreadSession"/>, <see cref="ThreadRequest"/> or <see cref="ThreadHandle"/>, and answers errors of the store as problems.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings of all handlers; null for the defaults.</param>
    public static IServiceCollection AddHoldfastHandlers(this IServiceCollection services, Action<HandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHoldfastProblems();
        services.AddOptions<HandlerOptions>();
        services.TryAddScoped<HandlerScope>();
        services.TryAddScoped(provider => provider.GetRequiredService<HandlerScope>().Request);
        services.TryAddScoped(provider => provider.GetRequiredService<HandlerScope>().Request.Thread);
        services.TryAddScoped(provider => provider.GetRequiredService<HandlerScope>().Session);
        if (!services.Any(service => service.ServiceType == typeof(ChatRuns)))
        {
            services.AddSingleton<ChatRuns>();
            services.AddHostedService(provider => provider.GetRequiredService<ChatRuns>());
        }

        return configure is null ? services : services.Configure(configure);
    }

    /// <summary>Answers errors of the store as problems by RFC 9457, wherever they come from, in an application with <c>app.UseExceptionHandler()</c>.</summary>
    /// <remarks>A problem has the code of the error as <c>code</c>, and never tells content, ids or what a backend said. Those whose status is 500 or more are logged (event 600).</remarks>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddHoldfastProblems(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddProblemDetails();
        services.TryAddSingleton<HandlerLog>();
        services.TryAddSingleton<ProblemWriter>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IExceptionHandler, StateExceptionHandler>());
        return services;
    }
}
