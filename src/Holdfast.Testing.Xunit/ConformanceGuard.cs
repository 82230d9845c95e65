using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>Finds suites that a test assembly does not run on a backend.</summary>
public static class ConformanceGuard
{
    /// <summary>Throws unless every suite is enrolled in <paramref name="tests"/> for each of <paramref name="logs"/>.</summary>
    /// <param name="tests">The assembly with the test classes that derive from <see cref="LogConformance{TFixture}"/>.</param>
    /// <param name="logs">The types of the logs; <see cref="LogsIn"/> finds those of a backend.</param>
    /// <exception cref="ConformanceException">A suite is not enrolled; the message names all that are missing.</exception>
    [RequiresUnreferencedCode("Looks for test classes by reflection.")]
    public static void Check(Assembly tests, params IReadOnlyCollection<Type> logs)
    {
        ArgumentNullException.ThrowIfNull(tests);
        Check(tests.GetTypes().Where(IsRun), logs);
    }

    /// <summary>Finds the public logs of a backend.</summary>
    [RequiresUnreferencedCode("Looks for logs by reflection.")]
    public static IReadOnlyCollection<Type> LogsIn(Assembly backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return [.. backend.GetExportedTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ICommitLog)))];
    }

    /// <summary>Whether xunit runs the tests of a class: others do not count as enrolled.</summary>
    internal static bool IsRun(Type testClass) => testClass is { IsVisible: true, IsAbstract: false };

    internal static void Check(IEnumerable<Type> testClasses, IReadOnlyCollection<Type> logs)
    {
        if (logs.Count == 0)
        {
            throw new ConformanceException("There is no log to look for. Was the right assembly searched?");
        }

        var enrolments = testClasses.Select(Enrolment.Of).OfType<Enrolment>().ToList();
        var missing =
            from log in logs
            from suite in ConformanceSuite.All
            where !enrolments.Exists(enrolment => enrolment.Fixture.LogType == log && enrolment.Suites.Contains(suite))
            select $"{log.Name}: {suite.Name}";
        var gaps = missing.ToList();
        if (gaps.Count > 0)
        {
            throw new ConformanceException(
                $"Suites that are not enrolled: {string.Join("; ", gaps)}. Derive a public class from LogConformance<TFixture> for each log, without OnlySuites.");
        }
    }
}
