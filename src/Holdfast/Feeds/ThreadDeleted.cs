namespace Holdfast;

/// <summary>The thread is hidden (<see cref="ThreadHandle.DeleteAsync"/>). Nothing more is told of it until it is restored; then its commits come, first of all those that were not told yet, with the one that deleted it.</summary>
/// <remarks>The position stays that of the last commit which was told, so that this event is told again to whoever goes on from there while the thread is still hidden.</remarks>
public sealed record ThreadDeleted : ThreadEvent;
