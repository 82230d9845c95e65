using Holdfast.Tests.Support;

namespace Holdfast.Tests.TimeMachine;

public sealed class CherryPickTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Target => _test.Store.Thread("b");

    [Fact]
    public async Task Pick_OfACommit_MakesItsChangesOnAnotherThread()
    {
        await FillAsync();
        await _test.CommitAsync("b", session =>
        {
            session.Variables.Set("n", 1);
            session.Variables.Set("gone", true);
            session.Variables.Set("list", new[] { 9 });
            session.Variables.Set("mine", "stays");
            session.Todos.Put(new() { Id = "t", Content = "refund" });
        });

        var result = await Target.CherryPickAsync("a", 2);

        result.Picked.ShouldBe(["variables/n", "variables/gone", "variables/list", "variables/otp", "todos/t"], ignoreOrder: true);
        result.Conflicts.ShouldBeEmpty();
        (result.Commit.Version, result.Commit.Reason).ShouldBe((2, "picked from a 2"));
        var state = (await Target.LoadAsync())!;
        state.Variables.Keys.ShouldBe(["n", "list", "mine", "otp"], ignoreOrder: true);
        (state.Variables.Get("n", 0), state.Variables["list"].ToString(), state.Todos.Single().Status).ShouldBe((2, "[9,3]", TodoStatus.Completed));
        state.Messages.ShouldBeEmpty();
        _test.Clock.Advance(TimeSpan.FromHours(2));
        (await Target.LoadAsync())!.Variables.ContainsKey("otp").ShouldBeFalse();
        (await Target.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Conflicts_AreToldByKey_AndDecidedByPolicy()
    {
        await FillAsync();
        await _test.CommitAsync("b", session =>
        {
            session.Variables.Set("n", 7);
            session.Todos.Put(new() { Id = "t", Content = "another" });
        });

        var error = await Should.ThrowAsync<MergeConflictException>(async () => await Target.CherryPickAsync("a", 2));

        error.Code.ShouldBe(ErrorCodes.MergeConflict);
        error.Conflicts.Select(conflict => $"{conflict} {conflict.Origin} {conflict.Ours} {conflict.Theirs}").First().ShouldBe("variables/n 1 7 2");
        error.Conflicts.Select(conflict => conflict.ToString()).ShouldBe(["variables/n", "variables/list", "todos/t"]);
        (await Target.GetInfoAsync())!.Version.ShouldBe(1);

        var ours = await Target.CherryPickAsync("a", 2, new() { OnConflict = ConflictPolicy.Ours });
        ours.Picked.ShouldBe(["variables/otp"]);
        (await Target.LoadAsync())!.Variables.Get("n", 0).ShouldBe(7);
        var theirs = await Target.CherryPickAsync("a", 2, new() { OnConflict = ConflictPolicy.Theirs, By = "ann" });
        theirs.Conflicts.Count.ShouldBe(3);
        ((await Target.LoadAsync())!.Variables.Get("n", 0), theirs.Commit.By).ShouldBe((2, "ann"));
        var again = await Target.CherryPickAsync("a", 2, new() { OnConflict = ConflictPolicy.Fail });
        (again.Picked.Count, again.Commit.IsEmpty).ShouldBe((0, true), "it has all of it");
    }

    [Fact]
    public async Task Pick_OfACommitThatWasRolledBack_MakesItAgain()
    {
        await FillAsync();
        var thread = _test.Store.Thread("a");
        await thread.RollbackAsync();

        (await thread.CherryPickAsync("a", 2)).Conflicts.ShouldBeEmpty();

        (await thread.LoadAsync())!.Variables.Get("n", 0).ShouldBe(2);
    }

    [Fact]
    public async Task Pick_OfWhatIsThereAlready_AppendsNothingTwice()
    {
        await FillAsync();
        var thread = _test.Store.Thread("a");

        var same = await thread.CherryPickAsync("a", 2);
        await _test.CommitAsync("b", session => session.Variables.Set("list", new[] { 1, 2 }));
        var first = await Target.CherryPickAsync("a", 2, new() { OnConflict = ConflictPolicy.Ours });
        var second = await Target.CherryPickAsync("a", 2, new() { OnConflict = ConflictPolicy.Ours });

        (same.Picked.Count, same.Commit.IsEmpty, (await thread.LoadAsync())!.Variables["list"].ToString()).ShouldBe((0, true, "[1,2,3]"));
        first.Picked.ShouldContain("variables/list");
        (second.Picked.Count, (await Target.LoadAsync())!.Variables["list"].ToString()).ShouldBe((0, "[1,2,3]"));
    }

    [Fact]
    public async Task Pick_OfWhatIsNotThere_IsTold()
    {
        await FillAsync();

        await Should.ThrowAsync<ThreadNotFoundException>(async () => await Target.CherryPickAsync("a", 2));
        await _test.CommitAsync("b", session => session.Say("x"));
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await Target.CherryPickAsync("none", 2));
        await Should.ThrowAsync<PointNotFoundException>(async () => await Target.CherryPickAsync("a", 9));
        await Should.ThrowAsync<PointNotFoundException>(async () => await Target.CherryPickAsync("a", 0));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await Target.CherryPickAsync("a", 2, new() { OnConflict = (ConflictPolicy)9 }));
    }

    private async Task FillAsync()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("1");
            session.Variables.Set("n", 1);
            session.Variables.Set("gone", true);
            session.Variables.Set("list", new[] { 1, 2 });
            session.Todos.Put(new() { Id = "t", Content = "refund" });
        });
        await _test.CommitAsync("a", session =>
        {
            session.Say("2");
            session.Variables.Set("n", 2);
            session.Variables.Remove("gone");
            session.Variables.Append("list", 3);
            session.Variables.Set("otp", "123", TimeSpan.FromHours(1));
            session.Todos.SetStatus("t", TodoStatus.Completed);
        });
    }
}
