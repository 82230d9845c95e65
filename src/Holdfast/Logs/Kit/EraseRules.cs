namespace Holdfast.Logs;

/// <summary>What may be erased, and how.</summary>
public static class EraseRules
{
    /// <summary>Throws if a thread cannot be kept as a trunk.</summary>
    /// <exception cref="ArgumentException">It is not of the space of threads.</exception>
    public static void Check(EraseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.KeepAsTrunk && request.Key.Space != ThreadSpace.Threads)
        {
            throw new ArgumentException($"'{request.Key}' cannot be kept as a trunk: only a thread of the space '{ThreadSpace.Threads.ToName()}' can.", nameof(request));
        }
    }
}
