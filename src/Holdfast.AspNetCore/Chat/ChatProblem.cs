namespace Holdfast;

/// <summary>A problem by RFC 9457.</summary>
internal sealed record ChatProblem(string? Type, string? Title, int? Status, string? Detail, string? Code);
