using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A page of a conversation.</summary>
/// <param name="Messages">The messages, oldest first.</param>
/// <param name="Older">Passed to <see cref="MessageHistory.PageAsync"/> for the page of older messages; null when this is the oldest.</param>
public sealed record MessagePage(IReadOnlyList<ChatMessage> Messages, string? Older);
