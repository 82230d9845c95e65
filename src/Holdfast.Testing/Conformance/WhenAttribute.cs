using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>The case is for logs that can do, and for logs that cannot do, certain things.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WhenAttribute(LogCapabilities has = LogCapabilities.None, LogCapabilities lacks = LogCapabilities.None) : Attribute
{
    public LogCapabilities Has => has;

    public LogCapabilities Lacks => lacks;

    /// <summary>Whether the log must be one that its fixture can cut off from its store.</summary>
    public bool CanCutOff { get; init; }

    /// <summary>Whether the log, if it has hints, must hear of the commits of others.</summary>
    public bool HearsOthers { get; init; }

    /// <summary>Whether what the log stores must be such that its fixture can damage it.</summary>
    public bool CanDamage { get; init; }

    public bool Applies(LogFixture fixture)
        => (fixture.Capabilities & has) == has && (fixture.Capabilities & lacks) == LogCapabilities.None && (!CanCutOff || fixture.CanCutOff) && (!CanDamage || fixture.CanDamage) && (!HearsOthers || fixture.HearsOthers);
}
