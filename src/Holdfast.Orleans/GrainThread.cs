using Orleans.Runtime;

namespace Holdfast;

/// <summary>The thread of a grain's state: <c>orleans/SERVICE/STATE/TYPE/KEY</c>.</summary>
internal static class GrainThread
{
    /// <exception cref="InvalidIdentifierException">The name of the service, the state or the type cannot be part of an id.</exception>
    public static ThreadId IdOf(AgentStateStore store, string serviceId, string stateName, GrainId grain)
    {
        var (type, key) = (grain.Type.ToString()!, grain.Key.ToString()!);
        try
        {
            return ThreadId.Of("orleans", serviceId, stateName, type, key);
        }
        catch (InvalidIdentifierException)
        {
            // A key may be any text, of any length: the id of a child can be made of all of them.
            return store.Thread(ThreadId.Of("orleans", serviceId, stateName, type)).Child(key).Id;
        }
    }
}
