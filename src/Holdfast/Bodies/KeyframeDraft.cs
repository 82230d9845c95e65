namespace Holdfast;

/// <summary>What a keyframe carries: the state after its commit.</summary>
/// <param name="State">The state, but for its history and open calls.</param>
/// <param name="History">The history.</param>
/// <param name="OpenCalls">The open calls.</param>
/// <param name="ChainBefore">The chain hash before the commit.</param>
internal sealed record KeyframeDraft(ThreadState State, HistoryView History, OpenCalls OpenCalls, Digest ChainBefore);
