namespace Holdfast;

/// <summary>A tool call that has no result yet.</summary>
/// <param name="CallId">The id of the call.</param>
/// <param name="Name">The name of the tool; null where the call does not say it.</param>
/// <param name="Version">The version of the thread that the call was committed with.</param>
/// <param name="State">What is known of it.</param>
public sealed record OpenCall(string CallId, string? Name, long Version, OpenCallState State);
