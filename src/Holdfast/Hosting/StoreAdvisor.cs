using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Holdfast;

/// <summary>Finds what is likely not meant about how one store is set up.</summary>
/// <param name="setup">How the store is set up.</param>
/// <param name="services">The services of the application.</param>
internal sealed class StoreAdvisor(StoreSetup setup, IServiceProvider services)
{
    /// <summary>A round trip within one region takes a few milliseconds at most.</summary>
    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(20);

    private const int Probes = 5;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Advice> _known = new(StringComparer.Ordinal);

    /// <summary>What was found so far.</summary>
    public IReadOnlyList<Advice> Known
    {
        get
        {
            lock (_lock)
            {
                return [.. _known.Values];
            }
        }
    }

    /// <summary>Looks for what can be known when the host starts.</summary>
    /// <returns>What is new.</returns>
    public async Task<IReadOnlyList<Advice>> LookAsync(AgentStateStore store, CancellationToken cancellationToken)
    {
        List<Advice> found = [.. AdviseOnSetup(store)];
        found.AddRange(await TryAsync(() => MeasureAsync(store, cancellationToken), cancellationToken).ConfigureAwait(false));
        if (store.CommitLog.GetService<IGivesAdvice>() is { } log)
        {
            found.AddRange(await TryAsync(() => new(log.GetAdviceAsync(cancellationToken)), cancellationToken).ConfigureAwait(false));
        }

        foreach (var advisor in services.GetServices<IAdvisor>())
        {
            found.AddRange(await TryAsync(() => advisor.AdviseAsync(store, cancellationToken), cancellationToken).ConfigureAwait(false));
        }

        return Keep(found);
    }

    /// <summary>Waits until a web application begins a thread that belongs to nobody.</summary>
    /// <returns>What is new.</returns>
    public async Task<IReadOnlyList<Advice>> WatchOwnersAsync(AgentStateStore store, CancellationToken cancellationToken)
    {
        if (!IsWebHost())
        {
            return [];
        }

        await store.Context.Ownerless.FirstAsync(cancellationToken).ConfigureAwait(false);
        return Keep([
            new(AdviceCodes.NoUserScope,
                "This web application has begun a thread that belongs to no user: whoever names its id may read and change it.",
                "Serve requests by store.ForUser(…) with the user who is signed in, or give OpenOptions.UserId."),
        ]);
    }

    private IEnumerable<Advice> AdviseOnSetup(AgentStateStore store)
    {
        var capabilities = store.CommitLog.Capabilities;
        if (!store.Context.Options.Expiry.IsNever && !setup.HasCleanup && !capabilities.HasFlag(LogCapabilities.NativeExpiry))
        {
            yield return new(AdviceCodes.ExpiryWithoutCleanup,
                "Threads expire, but nothing removes those that have: they are not served any more, and stay stored.",
                "Call AddCleanup() or set 'Cleanup' in the section, here or in another process; or run `holdfast cleanup` from time to time.");
        }

        if (!capabilities.HasFlag(LogCapabilities.Durable) && services.GetService<IHostEnvironment>()?.IsProduction() is true)
        {
            yield return new(AdviceCodes.NotDurable,
                "The environment is Production, and threads are stored in the memory of this process: they are gone when it ends.",
                "Set the URL of a store that lasts, such as sqlite:holdfast.db or postgres://….");
        }
    }

    // The shortest of several: the first one connects, and any may have met a machine that was busy.
    private static async ValueTask<IReadOnlyList<Advice>> MeasureAsync(AgentStateStore store, CancellationToken cancellationToken)
    {
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < Probes && shortest > FarAway; i++)
        {
            var began = store.Time.GetTimestamp();
            await store.Context.ProbeAsync(cancellationToken).ConfigureAwait(false);
            var took = store.Time.GetElapsedTime(began);
            shortest = took < shortest ? took : shortest;
        }

        return shortest <= FarAway ? [] :
        [
            new(AdviceCodes.SlowRoundTrip,
                string.Create(null, $"A request to the backend takes {shortest.TotalMilliseconds:0} ms at least, and every commit waits for one."),
                "Run the application in the region of its store; if it is there, look at what is between them."),
        ];
    }

    // What cannot be found out is no advice: calls that matter tell of a backend that does not answer. Nothing that others throw is a reason to stop a host.
    private static async Task<IReadOnlyList<Advice>> TryAsync(Func<ValueTask<IReadOnlyList<Advice>>> look, CancellationToken cancellationToken)
    {
        try
        {
            return await look().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    private List<Advice> Keep(IReadOnlyList<Advice> found)
    {
        lock (_lock)
        {
            return [.. found.Where(advice => !setup.IsSilenced(advice.Code) && _known.TryAdd($"{advice.Code} {advice.Text}", advice))];
        }
    }

    // The server of ASP.NET Core, without knowing it.
    private bool IsWebHost()
        => Type.GetType("Microsoft.AspNetCore.Hosting.Server.IServer, Microsoft.AspNetCore.Hosting.Server.Abstractions") is { } server
            && services.GetService<IServiceProviderIsService>()?.IsService(server) is true;
}
