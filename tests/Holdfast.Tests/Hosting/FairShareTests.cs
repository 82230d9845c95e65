using Holdfast.Logs;

namespace Holdfast.Tests.Hosting;

/// <summary>Which of the threads that are due are run first.</summary>
public sealed class FairShareTests
{
    private static readonly Dictionary<string, int> Nobody = [];

    [Fact]
    public void EveryUser_ComesBeforeTheSecondThreadOfAny()
        => Names(FairShare.Choose([Due("a1", "a"), Due("a2", "a"), Due("a3", "a"), Due("b1", "b"), Due("c1", "c")], Nobody, places: 4, most: 2, offset: 0)).ShouldBe(["a1", "b1", "c1", "a2"]);

    [Fact]
    public void AUser_HasAtMostItsShare_WithWhatRuns()
    {
        var due = new[] { Due("a1", "a"), Due("a2", "a"), Due("b1", "b"), Due("b2", "b"), Due("b3", "b") };

        Names(FairShare.Choose(due, new Dictionary<string, int> { ["\na"] = 1 }, places: 9, most: 2, offset: 0)).ShouldBe(["a1", "b1", "b2"]);
    }

    [Fact]
    public void ThreadsOfNobody_AreNotLimited()
        => Names(FairShare.Choose([Due("x", null), Due("y", null), Due("z", null)], Nobody, places: 3, most: 1, offset: 0)).ShouldBe(["x", "y", "z"]);

    [Fact]
    public void AnOffset_BeginsElsewhere_AndLeavesNothingOut()
        => Names(FairShare.Choose([Due("x", null), Due("y", null), Due("z", null)], Nobody, places: 3, most: 1, offset: 2)).ShouldBe(["z", "x", "y"]);

    private static ThreadHead Due(string id, string? user) => new()
    {
        Key = ThreadKey.Of(id),
        Life = CommitId.New(TimeProvider.System),
        Version = 1,
        ChainHash = default,
        UserId = user,
        CreatedAt = default,
        UpdatedAt = default,
    };

    private static IEnumerable<string> Names(IEnumerable<ThreadHead> heads) => heads.Select(head => head.Key.Id.Value);
}
