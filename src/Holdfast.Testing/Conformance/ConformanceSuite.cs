using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Holdfast.Testing.Suites;

namespace Holdfast.Testing;

/// <summary>The cases about one side of the storage contract. They know no test framework: a case that fails throws.</summary>
public sealed class ConformanceSuite
{
    private ConformanceSuite(string name, IReadOnlyList<ConformanceCase> cases)
    {
        Name = name;
        Cases = cases;
    }

    /// <summary>Every suite; a log conforms when all of them pass.</summary>
    public static IReadOnlyList<ConformanceSuite> All { get; } =
    [
        Of(typeof(AppendSuite)),
        Of(typeof(BeginSuite)),
        Of(typeof(BodySuite)),
        Of(typeof(HeadSuite)),
        Of(typeof(HeadUpdateSuite)),
        Of(typeof(TailSuite)),
        Of(typeof(SinceSuite)),
        Of(typeof(ReadSuite)),
        Of(typeof(LifeSuite)),
        Of(typeof(ListSuite)),
        Of(typeof(ListPagingSuite)),
        Of(typeof(MetadataSuite)),
        Of(typeof(TermSuite)),
        Of(typeof(DueSuite)),
        Of(typeof(ExpirySuite)),
        Of(typeof(RewriteSuite)),
        Of(typeof(RewrittenSuite)),
        Of(typeof(EraseSuite)),
        Of(typeof(TrunkSuite)),
        Of(typeof(SpaceSuite)),
        Of(typeof(IdentifierSuite)),
        Of(typeof(ConcurrencySuite)),
        Of(typeof(FeedSuite)),
        Of(typeof(CancellationSuite)),
        Of(typeof(DurabilitySuite)),
        Of(typeof(OutageSuite)),
        Of(typeof(DamageSuite)),
        Of(typeof(NativeExpirySuite)),
        Of(typeof(CapabilitiesSuite)),
        Of(typeof(ModelSuite)),
    ];

    /// <summary>The name of the suite, such as <c>Append</c>.</summary>
    public string Name { get; }

    /// <summary>The cases.</summary>
    public IReadOnlyList<ConformanceCase> Cases { get; }

    /// <summary>Finds a case by the name of its suite and its own.</summary>
    /// <exception cref="ArgumentException">There is no such case.</exception>
    public static ConformanceCase Find(string suite, string name)
        => All.FirstOrDefault(found => found.Name == suite)?.Cases.FirstOrDefault(found => found.Name == name)
        ?? throw new ArgumentException($"There is no case '{name}' in a suite '{suite}'.", nameof(name));

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static ConformanceSuite Of([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type suite)
    {
        var name = suite.Name[..^"Suite".Length];
        return new(name, [.. suite.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(method => new ConformanceCase(name, method))]);
    }
}
