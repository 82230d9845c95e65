using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.TimeMachine;

public sealed class LabelTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("a");

    [Fact]
    public async Task Label_OfTheNewestVersion_IsAPoint()
    {
        await FillAsync(3);

        var label = await Thread.LabelAsync("before refund", options: new() { By = "ann" });
        await FillAsync(2);

        label.ShouldBe(new ThreadLabel("before refund", 3, _test.Clock.GetUtcNow(), "ann"));
        (await Thread.LoadAsync(ThreadPoint.AtLabel("before refund")))!.Version.ShouldBe(3);
        (await Thread.LogAsync(new() { From = ThreadPoint.AtLabel("before refund") }).Select(commit => commit.Version).ToListAsync()).ShouldBe([6, 5, 4, 3]);
        await Thread.RestoreAsync(ThreadPoint.AtLabel("before refund"));
        (await _test.TextsAsync("a")).Count.ShouldBe(3);
        (await Thread.LabelsAsync()).ShouldBe([label]);
    }

    [Fact]
    public async Task Labels_AreListedMovedAndRemoved()
    {
        await FillAsync(5);
        await Thread.LabelAsync("b", 4);
        await Thread.LabelAsync("a", 4);
        await Thread.LabelAsync("start", 1);
        await Thread.LabelAsync("empty", 0);
        (await NamesAsync()).ShouldBe(["empty=0", "start=1", "a=4", "b=4"]);
        (await Thread.LabelAsync("a", ThreadPoint.AtLabel("b"))).Version.ShouldBe(4);

        var error = await Should.ThrowAsync<LabelExistsException>(async () => await Thread.LabelAsync("a", 2));
        (error.Code, error.Label, error.Version).ShouldBe((ErrorCodes.LabelExists, "a", 4));
        await Thread.LabelAsync("a", 2, new() { Move = true });
        (await Thread.RemoveLabelAsync("b")).ShouldBeTrue();
        (await Thread.RemoveLabelAsync("b")).ShouldBeFalse();

        (await NamesAsync()).ShouldBe(["empty=0", "start=1", "a=2"]);
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Label_ThatIsThereAlready_WritesNothing()
    {
        await FillAsync(2);
        await Thread.LabelAsync("a", 2);

        await Thread.LabelAsync("a", 2);

        (await Thread.GetInfoAsync())!.Version.ShouldBe(3);
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("a/b~1")]
    [InlineData("label:x")]
    [InlineData("\"quoted\"}")]
    [InlineData(" ")]
    [InlineData("👩‍🚀")]
    public async Task Label_WithAHostileName_IsJustAName(string name)
    {
        await FillAsync(1);

        await Thread.LabelAsync(name);

        (await Thread.LoadAsync(ThreadPoint.Parse("label:" + name)))!.Version.ShouldBe(1);
        (await Thread.LabelsAsync()).Single().Name.ShouldBe(name);
        (await Thread.RemoveLabelAsync(name)).ShouldBeTrue();
    }

    [Fact]
    public async Task Label_ThatCannotBe_IsRefused()
    {
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await Thread.LabelAsync("a"));
        (await Thread.LabelsAsync()).ShouldBeEmpty();
        (await Thread.RemoveLabelAsync("a")).ShouldBeFalse();
        await FillAsync(1);
        foreach (var name in new[] { "", "a\nb", "\ud800", new string('x', 129) })
        {
            await Should.ThrowAsync<InvalidIdentifierException>(async () => await Thread.LabelAsync(name));
        }

        await Should.ThrowAsync<PointNotFoundException>(async () => await Thread.LabelAsync("a", 2));
        (await Thread.GetInfoAsync())!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task Labels_AreBounded()
    {
        await _test.CommitAsync("a", session =>
        {
            for (var i = 0; i < 256; i++)
            {
                session.State.Set("$labels", $"{i}", "{\"v\":1}"u8.ToArray());
            }
        });

        await Should.ThrowAsync<StateTooLargeException>(async () => await Thread.LabelAsync("one more"));

        await Thread.LabelAsync("0", 0, new() { Move = true });
        await Thread.RemoveLabelAsync("1");
        await Thread.LabelAsync("one more");
        (await Thread.LabelsAsync()).Count.ShouldBe(256);
    }

    [Fact]
    public async Task Label_WhileOthersCommit_NamesTheVersionThatItSaw()
    {
        await FillAsync(2);
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Say("meanwhile")));

        (await Thread.LabelAsync("here")).Version.ShouldBe(2);

        (await Thread.LoadAsync(ThreadPoint.AtLabel("here")))!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Labels_OfManyAtOnce_AreAllKept()
    {
        await FillAsync(2);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await _test.Another().Thread("a").LabelAsync($"label {i}", 1))));

        (await Thread.LabelsAsync()).Count.ShouldBe(8);
    }

    [Fact]
    public async Task Labels_OutliveAReset_AndACopy()
    {
        await FillAsync(3);
        await Thread.LabelAsync("before", 2);
        await Thread.ResetAsync();
        var target = new TestStore();
        await _test.Store.CopyToAsync(target.Store);

        (await NamesAsync()).ShouldBe(["before=2"]);
        (await target.Store.LoadAsync("a", ThreadPoint.AtLabel("before")))!.Messages.Count.ShouldBe(2);
    }

    private async Task<List<string>> NamesAsync() => [.. (await Thread.LabelsAsync()).Select(label => $"{label.Name}={label.Version}")];

    private async Task FillAsync(int commits)
    {
        for (var i = 0; i < commits; i++)
        {
            await _test.CommitAsync("a", session => session.Say("x"));
        }
    }
}
