namespace Holdfast;

/// <summary>Finds what is likely not meant about how stores are set up. Those among the services are asked when a host starts.</summary>
public interface IAdvisor
{
    /// <summary>Returns what is likely not meant about a store; empty if there is nothing.</summary>
    /// <param name="store">The store.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<IReadOnlyList<Advice>> AdviseAsync(AgentStateStore store, CancellationToken cancellationToken);
}
