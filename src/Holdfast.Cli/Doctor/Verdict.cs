namespace Holdfast.Cli.Doctor;

/// <summary>How an examination went.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but there is something to know.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Failed,

    /// <summary>It was not tried, because something before it failed.</summary>
    Skipped,
}
