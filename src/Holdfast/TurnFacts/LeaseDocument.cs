using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>Who runs a thread.</summary>
internal sealed record LeaseDocument
{
    /// <summary>The version that the lease was taken with.</summary>
    public long Token { get; init; }

    public required string By { get; init; }

    /// <summary>How long it lasts without a sign of life, in milliseconds.</summary>
    public long Ms { get; init; }

    /// <summary>The turn that holds it; null for a lease that was acquired by itself.</summary>
    public string? Turn { get; init; }
}
