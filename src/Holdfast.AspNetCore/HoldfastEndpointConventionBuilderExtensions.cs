using Holdfast;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Gives handlers of requests a thread.</summary>
public static class HoldfastEndpointConventionBuilderExtensions
{
    /// <summary>Gives a handler the session of a thread (<see cref="ThreadSession"/>) as a parameter, and commits what it has changed when it succeeds.</summary>
    /// <remarks>
    /// <para>
    /// The thread is named by the value <c>thread</c> of the route, unless the options say otherwise, and opened for the user of the request before the handler runs. What the handler has changed is one commit, made when it
    /// has returned and before its answer is written; what the answer changes while it is written (a stream) is committed after it. When the handler throws, or its answer has a status of 400 or more, nothing is stored.
    /// </para>
    /// <para>A handler never runs twice for one request. If others have changed the thread meanwhile the answer is 409, and nothing is stored; see <see cref="OpenOptions.RebaseOnConflict"/>.</para>
    /// <para>Errors of the store are answered as problems by RFC 9457. Called for a group and for one of its endpoints, the options of the endpoint change those of the group.</para>
    /// </remarks>
    /// <param name="builder">The endpoint, or a group of them.</param>
    /// <param name="configure">Changes the settings that <c>AddHoldfastHandlers</c> has for all handlers.</param>
    /// <exception cref="InvalidOperationException">When the endpoint is made: <c>AddHoldfastHandlers</c> was not called, or the route has no value that names the thread.</exception>
    /// <exception cref="StateConfigurationException">When the endpoint is made: a setting is out of its range.</exception>
    public static TBuilder WithState<TBuilder>(this TBuilder builder, Action<HandlerOptions>? configure = null)
        where TBuilder : IEndpointConventionBuilder
        => Add(builder, configure, hasSession: true);

    /// <summary>Gives a handler what the request says of its thread (<see cref="ThreadRequest"/>, <see cref="ThreadHandle"/>) as a parameter, without a session: for turns and chat clients, which commit by themselves.</summary>
    /// <remarks>The head of the thread is read before the handler runs: a thread of somebody else is refused, and <c>If-Match</c> is compared with how the thread is then.</remarks>
    /// <inheritdoc cref="WithState"/>
    public static TBuilder WithThread<TBuilder>(this TBuilder builder, Action<HandlerOptions>? configure = null)
        where TBuilder : IEndpointConventionBuilder
        => Add(builder, configure, hasSession: false);

    private static TBuilder Add<TBuilder>(TBuilder builder, Action<HandlerOptions>? configure, bool hasSession)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Add(endpoint => HandlerEndpoint.Add(endpoint, configure, hasSession));
        builder.Finally(HandlerEndpoint.Finish);
        return builder;
    }
}
