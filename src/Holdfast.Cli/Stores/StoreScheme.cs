using Holdfast.Logs;

namespace Holdfast.Cli;

/// <summary>One kind of store that the tool can open.</summary>
/// <param name="Name">The scheme of its URLs.</param>
/// <param name="Form">The form of its URLs, for people.</param>
/// <param name="Open">Makes the log. It connects with its first call.</param>
internal sealed record StoreScheme(string Name, string Form, Func<StoreUrl, ICommitLog> Open)
{
    /// <summary>Another scheme with the same meaning, or with a setting in it; null if there is none.</summary>
    public string? Alias { get; init; }

    /// <summary>Says what is not there yet when nothing was ever stored; null if something is there. Reading commands then make nothing.</summary>
    public Func<StoreUrl, string?> Missing { get; init; } = _ => null;

    /// <summary>The name and version of the library or server behind the log; null if there is none to name.</summary>
    public Func<(string Name, string Version)?> Engine { get; init; } = () => null;
}
