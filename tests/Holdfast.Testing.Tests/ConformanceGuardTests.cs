using Holdfast.Logs;

namespace Holdfast.Testing.Tests;

public sealed class ConformanceGuardTests
{
    [Fact]
    public void EveryLogOfTheCore_IsEnrolledOrExcused()
        => ConformanceGuard.Check(typeof(ConformanceGuardTests).Assembly, typeof(InMemoryCommitLog));

    [Fact]
    public void LogsIn_TheCore_FindsItsLogs()
        => ConformanceGuard.LogsIn(typeof(ICommitLog).Assembly).ShouldContain(typeof(InMemoryCommitLog));

    [Fact]
    public void Check_ALogWithoutATestClass_NamesEverySuite()
    {
        var error = Should.Throw<ConformanceException>(() => ConformanceGuard.Check([typeof(ConformanceGuardTests)], [typeof(InMemoryCommitLog)]));

        ConformanceSuite.All.ShouldAllBe(suite => error.Message.Contains($"InMemoryCommitLog: {suite.Name}"));
    }

    [Fact]
    public void Check_OneSuiteLeftOut_NamesThatSuite()
    {
        var error = Should.Throw<ConformanceException>(() => ConformanceGuard.Check([typeof(AllButErase)], [typeof(InMemoryCommitLog)]));

        error.Message.ShouldContain("not enrolled: InMemoryCommitLog: Erase.");
    }

    [Fact]
    public void Check_SuitesSpreadOverTwoClasses_FindsThemAll()
        => ConformanceGuard.Check([typeof(AllButErase), typeof(EraseOnly)], [typeof(InMemoryCommitLog)]);

    [Fact]
    public void Check_AClassThatXunitDoesNotRun_DoesNotCount()
    {
        ConformanceGuard.IsRun(typeof(InMemoryConformance)).ShouldBeTrue();
        ConformanceGuard.IsRun(typeof(AllButErase)).ShouldBeFalse();
        ConformanceGuard.IsRun(typeof(LogConformance<>)).ShouldBeFalse();
    }

    [Fact]
    public void Check_OfNoLogs_Fails()
        => Should.Throw<ConformanceException>(() => ConformanceGuard.Check([typeof(InMemoryConformance)], []));

    [Fact]
    public void OnlySuites_WithANameThatNoSuiteHas_IsRefused()
        => Should.Throw<InvalidOperationException>(() => ConformanceGuard.Check([typeof(Misspelt)], [typeof(InMemoryCommitLog)]))
            .Message.ShouldContain("'Apend'");

    [Fact]
    public void Suites_AllTogether_HaveCasesOfDifferentNames()
    {
        ConformanceSuite.All.ShouldAllBe(suite => suite.Cases.Count > 0);
        ConformanceSuite.All.SelectMany(suite => suite.Cases).Select(found => found.ToString()).ShouldBeUnique();
    }

    [OnlySuites(
        "Append", "Begin", "Body", "Head", "HeadUpdate", "Tail", "Since", "Life", "Read", "List", "ListPaging", "Metadata", "Term", "Due", "Expiry", "Rewrite", "Rewritten", "Trunk",
        "Space", "Identifier", "Concurrency", "Feed", "Cancellation", "Durability", "Outage", "Damage", "NativeExpiry", "Capabilities", "Model")]
    private sealed class AllButErase : LogConformance<InMemoryFixture>;

    [OnlySuites("Erase")]
    private sealed class EraseOnly : LogConformance<InMemoryFixture>;

    [OnlySuites("Apend")]
    private sealed class Misspelt : LogConformance<InMemoryFixture>;
}
