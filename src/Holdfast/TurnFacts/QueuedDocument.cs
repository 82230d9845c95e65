using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>Input that waits for its turn; the messages are in a record.</summary>
internal sealed record QueuedDocument
{
    public long At { get; init; }

    /// <summary>When it may begin at the earliest.</summary>
    public long? Due { get; init; }

    /// <summary>Until when its sender waits for it; later, another turn takes it along.</summary>
    public long? Until { get; init; }

    public string? Key { get; init; }

    public string? By { get; init; }

    public string? Agent { get; init; }
}
