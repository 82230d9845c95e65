using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Holdfast.Testing;

/// <summary>Gives a theory the cases of the suites that its test class enrols.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ConformanceCasesAttribute : DataAttribute
{
    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        ArgumentNullException.ThrowIfNull(testMethod);
        var testClass = testMethod.ReflectedType!;
        var enrolment = Enrolment.Of(testClass)
            ?? throw new InvalidOperationException($"'{testClass}' has conformance cases but does not derive from LogConformance<TFixture>.");
        return new(enrolment.Cases.Select(ITheoryDataRow (found) => new TheoryDataRow(found.Suite, found.Name)
        {
            TestDisplayName = $"{testClass.Name}.{found.Suite}.{found.Name}",

            // The name says it all: no arguments after it.
            Label = "",
        }).ToList());
    }

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
