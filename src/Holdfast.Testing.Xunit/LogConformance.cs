using Xunit;

namespace Holdfast.Testing;

/// <summary>
/// Enrols a backend: a test class that derives from this one, such as <c>public sealed class SqliteConformance : LogConformance&lt;SqliteFixture&gt;;</c>,
/// has every case as a test of its own.
/// </summary>
public abstract class LogConformance<TFixture>
    where TFixture : LogFixture, new()
{
    // Ends a case that hangs; whatever is merely slow has time enough.
    private const int CaseTimeoutMilliseconds = 1_200_000;

    /// <summary>Runs one case on a log of its own.</summary>
    [Theory(Timeout = CaseTimeoutMilliseconds)]
    [ConformanceCases]
    public async Task Conforms(string suite, string name)
    {
        var fixture = new TFixture();
        await using (fixture.ConfigureAwait(false))
        {
            await ConformanceSuite.Find(suite, name).RunAsync(fixture, TestContext.Current.CancellationToken).ConfigureAwait(false);
        }
    }
}
