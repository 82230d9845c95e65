using System.Collections.Concurrent;

namespace Holdfast;

/// <summary>What a thread shows of its lease.</summary>
/// <param name="Life">The life of the thread.</param>
/// <param name="Token">The token of the lease.</param>
/// <param name="HeldAt">When the holder last committed.</param>
/// <param name="Heartbeat">The heartbeat of the head.</param>
internal readonly record struct LeaseSign(CommitId Life, long Token, long HeldAt, long Heartbeat);
