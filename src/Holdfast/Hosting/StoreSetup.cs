namespace Holdfast;

/// <summary>How one store is set up, as far as its builder knows.</summary>
internal sealed class StoreSetup(string? name)
{
    /// <summary>The name under which options and log are registered.</summary>
    public string OptionsName { get; } = name ?? Microsoft.Extensions.Options.Options.DefaultName;

    /// <summary>Whether the log that was named last is opened by a URL.</summary>
    public bool IsOpenedByUrl { get; set; }

    /// <summary>The section of the configuration that sets the store up; null if there is none.</summary>
    public HoldfastConfiguration? Configuration { get; set; }

    /// <summary>What is told when no log was named.</summary>
    public string NoStore
        => $"AddHoldfast({(name is null ? "" : $"\"{name}\"")}) names no place to store into. Call UseInMemory, UseFiles, UseSqlite, UseStore or another backend on its builder.";
}
