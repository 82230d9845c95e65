using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>What a step is made of.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Work">What it does.</param>
/// <param name="Write">Its result as JSON text; null where the result is kept elsewhere.</param>
/// <param name="Read">Its result from JSON text.</param>
/// <param name="Options">How it runs.</param>
internal sealed record StepWork<T>(
    string Kind, string Name, Func<StepContext, CancellationToken, Task<T>> Work, Func<T, ReadOnlyMemory<byte>?> Write, Func<ReadOnlyMemory<byte>, T> Read, StepOptions Options)
{
    /// <summary>The call that it carries out.</summary>
    public string? CallId { get; init; }

    /// <summary>What the commit of its result is said to be for; null for the work itself.</summary>
    public string? Reason { get; init; }

    /// <summary>Its result as JSON text, where <see cref="Write"/> keeps it elsewhere.</summary>
    public Func<T, ReadOnlyMemory<byte>>? Tell { get; init; }

    /// <summary>What is changed by the commit of its result.</summary>
    public Action<TurnBook, T>? Along { get; init; }

    /// <summary>What is changed by the commit of its failure: with the error, and whether that is the message of what the work threw.</summary>
    public Action<TurnBook, string, bool>? AlongFailure { get; init; }
}
