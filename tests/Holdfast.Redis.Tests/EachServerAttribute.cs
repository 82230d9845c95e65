using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Holdfast.Redis.Tests;

/// <summary>Runs a test on the single server and on the cluster.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EachServerAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
        => new(Enum.GetValues<ServerKind>().Select(ITheoryDataRow (kind) => new TheoryDataRow(kind)).ToList());

    public override bool SupportsDiscoveryEnumeration() => true;
}
