using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>One kind of store that <see cref="HoldfastBuilder.UseStore"/> can open by a URL. Backends add theirs with <see cref="HoldfastBuilder.AddStoreScheme"/>.</summary>
/// <remarks>Immutable.</remarks>
[DebuggerDisplay("{Form,nq}")]
public sealed class StoreScheme
{
    private readonly Func<StoreUrl, ICommitLog> _open;

    /// <summary>Describes a kind of store.</summary>
    /// <param name="name">The scheme of its URLs, such as <c>sqlite</c>.</param>
    /// <param name="form">The form of its URLs, for people: <c>sqlite:FILE</c>.</param>
    /// <param name="open">Makes the log. It should connect no earlier than the first call, and throw a <see cref="StateConfigurationException"/> without secrets if the URL cannot be used.</param>
    /// <param name="aliases">Other schemes with the same meaning, or that imply a setting.</param>
    public StoreScheme(string name, string form, Func<StoreUrl, ICommitLog> open, params ReadOnlySpan<string> aliases)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(form);
        ArgumentNullException.ThrowIfNull(open);
        (Names, Form, _open) = ([name, .. aliases], form, open);
    }

    /// <summary>The scheme of its URLs, and other schemes that name it too.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The form of its URLs, for people.</summary>
    public string Form { get; }

    internal static StoreScheme Memory { get; } = new("memory", "memory:", _ => new InMemoryCommitLog());

    internal static StoreScheme Files { get; } = new(
        "file", "file:DIR", url => new FileCommitLog(new() { Directory = url.RequirePath("a directory, as in file:threads") }));

    /// <summary>Makes the log at a URL of this kind.</summary>
    /// <exception cref="StateConfigurationException">The URL cannot be used. The message has no password.</exception>
    public ICommitLog Open(StoreUrl url) => _open(url);
}
