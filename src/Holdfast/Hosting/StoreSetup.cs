namespace Holdfast;

/// <summary>How one store is set up, as far as its builder knows.</summary>
internal sealed class StoreSetup(string? name)
{
    /// <summary>The name under which options and log are registered.</summary>
    public string OptionsName { get; } = name ?? Microsoft.Extensions.Options.Options.DefaultName;

    /// <summary>The key under which the log of the archive is registered.</summary>
    public object ArchiveKey { get; } = new();

    /// <summary>Whether code has named an archive.</summary>
    public bool CodeHasArchive { get; set; }

    /// <summary>Whether the store has an archive that is a service.</summary>
    public bool HasArchive => CodeHasArchive || Configuration?.HasArchive is true;

    /// <summary>Whether the log that was named last is opened by a URL.</summary>
    public bool IsOpenedByUrl { get; set; }

    /// <summary>The section of the configuration that sets the store up; null if there is none.</summary>
    public HoldfastConfiguration? Configuration { get; set; }

    /// <summary>Whether code has added a clean-up.</summary>
    public bool CodeCleansUp { get; set; }

    /// <summary>Whether a clean-up runs in the host.</summary>
    public bool HasCleanup => CodeCleansUp || Configuration?.Cleanup() is not null;

    /// <summary>Whether a clean-up that was added in code archives.</summary>
    public bool CodeArchives { get; set; }

    /// <summary>Whether a clean-up that runs in the host archives.</summary>
    public bool Archives => CodeArchives || Configuration?.Cleanup()?.ArchiveOlderThan is not null;

    /// <summary>The codes of advice that is not to be given.</summary>
    public HashSet<string> SilencedAdvice { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether advice is not to be given.</summary>
    public bool IsSilenced(string code) => SilencedAdvice.Contains(code) || Configuration?.SilencedAdvice().Contains(code, StringComparer.Ordinal) is true;

    /// <summary>What is told when no log was named.</summary>
    public string NoStore
        => $"AddHoldfast({(name is null ? "" : $"\"{name}\"")}) names no place to store into. Call UseInMemory, UseFiles, UseSqlite, UseStore or another backend on its builder.";
}
