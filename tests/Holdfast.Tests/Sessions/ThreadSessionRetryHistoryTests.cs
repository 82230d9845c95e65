using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

/// <summary>Cuts of the history that are made around a commit whose outcome is not known.</summary>
public sealed class ThreadSessionRetryHistoryTests
{
    private static readonly (string Name, Action<ThreadSession> Change, Func<List<string>, List<string>> Model)[] Steps =
    [
        ("say", session => session.Say("x", "y"), texts => [.. texts, "x", "y"]),
        ("keep 1", session => session.History.KeepLast(1), texts => [.. texts.TakeLast(1)]),
        ("keep 4", session => session.History.KeepLast(4), texts => [.. texts.TakeLast(4)]),
        ("keep 9", session => session.History.KeepLast(9), texts => [.. texts.TakeLast(9)]),
        ("clear", session => session.History.Clear(), _ => []),
    ];

    public static IEnumerable<TheoryDataRow<string, string, string, string>> Orders()
        => from a in Steps from b in Steps from c in Steps from outcome in new[] { "durable", "lost", "overtaken" } select new TheoryDataRow<string, string, string, string>(a.Name, b.Name, c.Name, outcome);

    [Theory, MemberData(nameof(Orders))]
    public async Task Commit_CutsBeforeAndAfterAFailure_LeaveWhatTheSessionShowed(string first, string second, string third, string outcome)
    {
        var test = new TestStore();
        await test.CommitAsync("a", session => session.Say("1", "2", "3", "4", "5", "6"));
        var session = await test.Store.OpenAsync("a");
        List<string> expected = ["1", "2", "3", "4", "5", "6"];
        Make(first);
        Make(second);
        if (outcome == "durable")
        {
            test.Faults.Next(LogCall.Append).FailsAfter();
        }
        else
        {
            test.Faults.Next(LogCall.Append).FailsBefore();
        }

        // Some of these change nothing and so do not reach the log.
        var failed = await Record.ExceptionAsync(async () => await session.CommitAsync()) is not null;
        (await session.History.TextsAsync()).ShouldBe(expected);
        session.History.Count.ShouldBe(expected.Count);
        Make(third);
        (await session.History.TextsAsync()).ShouldBe(expected);
        session.History.Count.ShouldBe(expected.Count);
        test.Faults.Heal();

        if (outcome == "overtaken" && failed)
        {
            await test.CommitAsync("a", other => other.Variables.Set("theirs", true));
            await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
            await session.RebaseAsync();
            (await session.History.TextsAsync()).ShouldBe(expected);
        }

        await session.CommitAsync();

        (await session.History.TextsAsync()).ShouldBe(expected);
        (await test.TextsAsync("a")).ShouldBe(expected);
        (await test.Store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(expected.Count);
        (await test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();

        void Make(string name)
        {
            var step = Steps.Single(step => step.Name == name);
            step.Change(session);
            expected = step.Model(expected);
        }
    }
}
