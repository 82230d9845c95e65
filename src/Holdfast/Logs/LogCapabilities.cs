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

    /// <summary>The backend removes threads by itself a day after they expired, so that clean-up is a matter of that day. Threads that are pinned stay.</summary>
    NativeExpiry = 4,

    /// <summary>The backend is reached over a network, where most failures last only a moment. A store repeats failed calls; see <see cref="RetryOptions"/>. A log that repeats calls by itself must not set this.</summary>
    Remote = 8,
}
