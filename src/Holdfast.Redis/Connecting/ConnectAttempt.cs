using System.Globalization;
using System.Security.Authentication;
using StackExchange.Redis;

namespace Holdfast.Redis.Connecting;

/// <summary>Connects a client of the log's own, and finds out why that fails.</summary>
/// <remarks>
/// Versions of the client differ in how long they try what cannot succeed, some without end, and in how much they tell. So when a connection takes long, its
/// servers are looked at besides; when none can be reached, the client is given up.
/// </remarks>
internal static class ConnectAttempt
{
    /// <summary>Nearly every connection is made within this time.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(500);

    /// <summary>How much longer than allowed the client may take.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <exception cref="NoConnectionException">It could not be made.</exception>
    public static async Task<IConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration)
    {
        // Besides the asynchronous wait the client may block.
        var connecting = Task.Run(async () => (IConnectionMultiplexer)await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false));
        try
        {
            using var stop = new CancellationTokenSource();
            var looking = LookAsync(connecting, configuration, stop.Token);
            await Task.WhenAny(connecting, looking).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            if (connecting.IsCompletedSuccessfully)
            {
                return await connecting.ConfigureAwait(false);
            }

            var problem = await looking.ConfigureAwait(false);
            var error = connecting.Exception?.InnerException;
            throw new NoConnectionException(Explain(error) ?? problem ?? await ServerLook.FindProblemAsync(configuration, CancellationToken.None).ConfigureAwait(false) ?? NoAnswer(configuration), error);
        }
        catch
        {
            _ = CloseLateAsync(connecting);
            throw;
        }
    }

    public static async Task CloseAsync(IConnectionMultiplexer multiplexer)
    {
        await multiplexer.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await multiplexer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes a connection that comes after it was given up.</summary>
    private static async Task CloseLateAsync(Task<IConnectionMultiplexer> connecting)
    {
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully)
        {
            await CloseAsync(await connecting.ConfigureAwait(false)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Waits for the connection as long as it can come: why it cannot, or null when it came, or did not.</summary>
    private static async Task<string?> LookAsync(Task connecting, ConfigurationOptions configuration, CancellationToken stop)
    {
        if (await IsOverAsync(connecting, Usual, stop).ConfigureAwait(false))
        {
            return null;
        }

        var problem = await ServerLook.FindProblemAsync(configuration, stop).ConfigureAwait(false);
        return problem is null && !await IsOverAsync(connecting, Allowed(configuration) + Grace, stop).ConfigureAwait(false) && !stop.IsCancellationRequested
            ? NoAnswer(configuration)
            : problem;
    }

    private static async Task<bool> IsOverAsync(Task connecting, TimeSpan within, CancellationToken stop)
    {
        await connecting.WaitAsync(within, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return connecting.IsCompleted;
    }

    private static TimeSpan Allowed(ConfigurationOptions configuration)
        => TimeSpan.FromMilliseconds(Math.Min((double)configuration.ConnectTimeout * Math.Max(configuration.ConnectRetry, 1), TimeSpan.FromHours(1).TotalMilliseconds));

    private static string NoAnswer(ConfigurationOptions configuration)
        => string.Create(CultureInfo.InvariantCulture, $"it did not answer within {Allowed(configuration).TotalSeconds:0.#} seconds.");

    /// <summary>What the client tells of the reason; null if that is nothing.</summary>
    private static string? Explain(Exception? error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return $"the TLS handshake failed: {cause.Message}";
            }

            if (ServerLook.FindRefusal(cause.Message) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }
}
