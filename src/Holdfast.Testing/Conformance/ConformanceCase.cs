using System.Reflection;

namespace Holdfast.Testing;

/// <summary>One thing that every log must do.</summary>
public sealed class ConformanceCase
{
    private readonly Func<LogUnderTest, Task> _run;
    private readonly WhenAttribute? _when;

    internal ConformanceCase(string suite, MethodInfo method)
    {
        Suite = suite;
        Name = method.Name;
        _run = method.CreateDelegate<Func<LogUnderTest, Task>>();
        _when = method.GetCustomAttribute<WhenAttribute>();
    }

    /// <summary>The name of the suite that the case belongs to.</summary>
    public string Suite { get; }

    /// <summary>What the log does in the case, as a sentence.</summary>
    public string Name { get; }

    /// <summary>Whether the case is for logs such as those of <paramref name="fixture"/>.</summary>
    public bool AppliesTo(LogFixture fixture) => _when?.Applies(fixture) ?? true;

    /// <summary>Runs the case on a log of <paramref name="fixture"/>, which is used for this case only and is not disposed of.</summary>
    /// <exception cref="ConformanceException">The log does not do what the contract says.</exception>
    public async Task RunAsync(LogFixture fixture, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        var test = await LogUnderTest.CreateAsync(fixture, cancellationToken);
        await using (test.ConfigureAwait(false))
        {
            await _run(test);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Suite}: {Name}";
}
