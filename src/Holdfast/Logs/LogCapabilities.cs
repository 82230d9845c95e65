namespace Holdfast.Logs;

/// <summary>What a log can do beyond the contract that every log fulfils.</summary>
[Flags]
public enum LogCapabilities
{
    /// <summary>Nothing beyond the contract.</summary>
    None = 0,

    /// <summary>Entries outlive the process that wrote them.</summary>
    Durable = 1,

    /// <summary>Several processes may use the same data at the same time.</summary>
    MultiProcess = 2,

    /// <summary>The backend itself removes expired threads, so that they need no sweeping.</summary>
    NativeExpiry = 4,

    /// <summary>The backend is reached over a network, where a failure is often over a moment later. A store repeats the calls that failed; see <see cref="RetryOptions"/>. A log that repeats them itself does not say so.</summary>
    Remote = 8,
}
