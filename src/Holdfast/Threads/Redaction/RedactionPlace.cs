namespace Holdfast;

/// <summary>A version that has what is to go.</summary>
/// <param name="ThreadId">The thread that has the version: the one that is redacted, a fork of it, or one that it was forked from.</param>
/// <param name="Version">The version.</param>
/// <param name="Where">Which parts of it: <c>messages</c>, <c>records</c>, <c>reason</c>, <c>set</c>, <c>append</c>, <c>state</c>.</param>
public sealed record RedactionPlace(ThreadId ThreadId, long Version, IReadOnlyList<string> Where);
