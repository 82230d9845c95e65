using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>The case is for logs that can do, and for logs that cannot do, certain things.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WhenAttribute(LogCapabilities has = LogCapabilities.None, LogCapabilities lacks = LogCapabilities.None) : Attribute
{
    public LogCapabilities Has => has;

    public LogCapabilities Lacks => lacks;

    public bool Applies(LogCapabilities capabilities) => (capabilities & has) == has && (capabilities & lacks) == LogCapabilities.None;
}
