using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Tests.TimeMachine;

public sealed class EditScriptTests
{
    [Fact]
    public void Edits_OfRandomSequences_LeadFromOneToTheOther_AndAreShortest()
        => Prop.ForAll(
            Gen.Choose(0, 3).ListOf().Select(list => list.ToArray()).Two().ToArbitrary(),
            pair =>
            {
                var (before, after) = pair;
                var edits = EditScript.Of(before, after);
                Apply(edits, before, after).ShouldBe(after);
                edits.Sum(edit => edit.Removed + edit.Added).ShouldBe(before.Length + after.Length - (2 * CommonLength(before, after)));
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Edits_OfVeryDifferentSequences_AreOneStretch()
    {
        var (before, after) = (Enumerable.Range(0, 3_000).ToArray(), Enumerable.Range(10_000, 3_000).ToArray());

        EditScript.Of([7, .. before, 8], [7, .. after, 8]).ShouldBe([new Edit(1, 3_000, 1, 3_000)]);
    }

    [Fact]
    public void UnifiedText_ShowsWhatChanged_WithItsSurroundings()
    {
        var before = string.Join('\n', Enumerable.Range(1, 20).Select(i => $"line {i}"));
        var after = before.Replace("line 5\n", "line five\n", StringComparison.Ordinal) + "\nline 21";

        UnifiedText.Of(before, after).ShouldBe(
            [
                "@@ -2,7 +2,7 @@", " line 2", " line 3", " line 4", "-line 5", "+line five", " line 6", " line 7", " line 8",
                "@@ -18,3 +18,4 @@", " line 18", " line 19", " line 20", "+line 21",
            ]);
        UnifiedText.Of("a", "a").ShouldBeEmpty();
        UnifiedText.Of("a", "b").ShouldBe(["@@ -1,1 +1,1 @@", "-a", "+b"]);
        UnifiedText.Of("a\r\nb", "a\nb").ShouldBeEmpty();
    }

    private static int[] Apply(List<Edit> edits, int[] before, int[] after)
    {
        var result = new List<int>();
        var next = 0;
        foreach (var edit in edits)
        {
            result.AddRange(before[next..edit.Before]);
            result.AddRange(after[edit.After..(edit.After + edit.Added)]);
            next = edit.Before + edit.Removed;
        }

        return [.. result, .. before[next..]];
    }

    private static int CommonLength(int[] left, int[] right)
    {
        var lengths = new int[left.Length + 1, right.Length + 1];
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                lengths[i, j] = left[i - 1] == right[j - 1] ? lengths[i - 1, j - 1] + 1 : Math.Max(lengths[i - 1, j], lengths[i, j - 1]);
            }
        }

        return lengths[left.Length, right.Length];
    }
}
