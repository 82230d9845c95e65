using System.Reflection;

namespace Holdfast.Testing;

/// <summary>Which suites a test class runs on which backend.</summary>
internal sealed record Enrolment(Type TestClass, LogFixture Fixture, IReadOnlyList<ConformanceSuite> Suites)
{
    public IEnumerable<ConformanceCase> Cases => Suites.SelectMany(suite => suite.Cases).Where(found => found.AppliesTo(Fixture));

    /// <summary>The enrolment that a test class stands for; null if it stands for none.</summary>
    public static Enrolment? Of(Type testClass)
    {
        for (var type = testClass; type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(LogConformance<>))
            {
                return new(testClass, (LogFixture)CreateFixture(type.GenericTypeArguments[0]), SuitesOf(testClass));
            }
        }

        return null;
    }

    private static IReadOnlyList<ConformanceSuite> SuitesOf(Type testClass)
    {
        if (testClass.GetCustomAttribute<OnlySuitesAttribute>() is not { } only)
        {
            return ConformanceSuite.All;
        }

        return [.. only.Suites.Select(name => ConformanceSuite.All.FirstOrDefault(suite => suite.Name == name)
            ?? throw new InvalidOperationException(
                $"'{testClass}' enrols a suite '{name}'; the suites are {string.Join(", ", ConformanceSuite.All)}."))];
    }

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage(
        "Trimming", "IL2067", Justification = "LogConformance demands new() of its fixture, which keeps the constructor.")]
    private static object CreateFixture(Type fixture) => Activator.CreateInstance(fixture)!;
}
