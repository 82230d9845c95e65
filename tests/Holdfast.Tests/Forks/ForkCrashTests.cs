using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Forks;

/// <summary>A process that dies between any two calls of the log, while it forks or erases, leaves nothing that others cannot finish.</summary>
public sealed class ForkCrashTests
{

    private static readonly ThreadKey A = ThreadKey.Of("a");

    [Theory, InlineData(false), InlineData(true)]
    public Task Fork_CutOffAnywhere_IsFinishedByTheSameCall(bool after) => EverywhereAsync(
        after,
        test => test.Store.Thread("g").ForkAsync("f").AsTask(),
        async test =>
        {
            // Until then nobody sees a fork that is not whole.
            if (await test.Store.LoadAsync("f") is { } seen)
            {
                seen.Messages.Texts().ShouldBe(["1", "2", "3", "in g"]);
            }

            try
            {
                (await test.Store.Thread("g").ForkAsync("f")).Version.ShouldBe(6);
            }
            catch (ThreadExistsException e)
            {
                e.ForkedFrom!.Id.Value.ShouldBe("g");
            }
        });

    [Theory, InlineData(false), InlineData(true)]
    public Task Fork_CutOffAnywhere_IsFinishedOrErasedByACleanUp(bool after) => EverywhereAsync(
        after,
        test => test.Store.Thread("g").ForkAsync("f").AsTask(),
        async test =>
        {
            await test.Store.CleanupAsync(new() { CheckForks = true });
            if (await test.Memory.GetHeadAsync(ThreadKey.Of("f")) is null)
            {
                await test.Store.Thread("g").ForkAsync("f");
            }
        });

    [Theory, InlineData(false), InlineData(true)]
    public Task Fork_CutOffAnywhere_IsFinishedByWhoeverBeginsAThreadThere(bool after) => EverywhereAsync(
        after,
        test => test.Store.Thread("g").ForkAsync("f").AsTask(),
        async test =>
        {
            await test.Store.UpdateAsync("f", session => session.Say("goes on"));
            string.Join(", ", await test.TextsAsync("f")).ShouldBeOneOf("1, 2, 3, in g, goes on", "goes on");
            await test.Store.Thread("f").EraseAsync();
            await test.Store.CleanupAsync(new() { CheckForks = true });
            await test.Store.Thread("g").ForkAsync("f");
        });

    [Theory, InlineData(false), InlineData(true)]
    public Task Fork_WhoseThreadIsErasedAfterTheCrash_IsWholeOrGone(bool after) => EverywhereAsync(
        after,
        test => test.Store.Thread("g").ForkAsync("f").AsTask(),
        async test =>
        {
            await test.Store.Thread("g").EraseAsync();
            await test.Store.CleanupAsync(new() { CheckForks = true });
            if (await test.Memory.GetHeadAsync(ThreadKey.Of("f")) is null)
            {
                await ForkAnotherAsync(test);
            }
        });

    [Theory, InlineData(false), InlineData(true)]
    public Task ErasureOfAThread_CutOffAnywhere_IsFinishedByACleanUp(bool after) => EverywhereAsync(
        after,
        test => test.Store.Thread("a").EraseAsync().AsTask(),
        async test =>
        {
            (await test.TextsAsync("g")).ShouldBe(["1", "2", "3", "in g"]);
            await test.Store.CleanupAsync();
            await test.Store.Thread("g").ForkAsync("f");
            await test.Store.Thread("a").EraseAsync();
        });

    [Theory, InlineData(false), InlineData(true)]
    public async Task ErasureOfAFork_CutOffAnywhere_LeavesNothing(bool after)
    {
        for (var n = 1; ; n++)
        {
            var test = await FillAsync();
            await test.Store.Thread("a").EraseAsync();
            var died = await DiesAsync(test, n, after, () => test.Store.Thread("g").EraseAsync().AsTask());
            await test.Store.Thread("g").EraseAsync();
            await test.Store.CleanupAsync(new() { CheckForks = true });
            await ExpectNothingIsLeftAsync(test);
            if (!died)
            {
                return;
            }
        }
    }

    // The act dies before or after each of its calls in turn; then others go on.
    private static async Task EverywhereAsync(bool after, Func<TestStore, Task> act, Func<TestStore, Task> goOn)
    {
        for (var n = 1; ; n++)
        {
            var test = await FillAsync();
            var died = await DiesAsync(test, n, after, () => act(test));
            await goOn(test);
            await ExpectAllIsRightAsync(test);
            if (!died)
            {
                n.ShouldBeGreaterThan(4);
                return;
            }
        }
    }

    private static async Task<TestStore> FillAsync()
    {
        var test = new TestStore();
        for (var i = 1; i <= 3; i++)
        {
            await test.CommitAsync("a", session => session.Say($"{i}"));
        }

        await test.Store.Thread("a").ForkAsync("g");
        await test.CommitAsync("g", session => session.Say("in g"));
        return test;
    }

    private static async Task<bool> DiesAsync(TestStore test, int n, bool after, Func<Task> act)
    {
        var plan = test.Faults.Nth(n, LogCall.Any);
        if (after)
        {
            plan.FailsAfter(new CrashException());
        }
        else
        {
            plan.FailsBefore(new CrashException());
        }

        try
        {
            await act();
            return false;
        }
        catch (CrashException)
        {
            return true;
        }
        finally
        {
            test.Faults.Heal();
        }
    }

    // The fork is there and whole, every pin has its fork and every fork its pins; and when all of them are erased, nothing is left.
    private static async Task ExpectAllIsRightAsync(TestStore test)
    {
        (await test.TextsAsync("f")).Take(3).ShouldBe(["1", "2", "3"]);
        (await test.Store.Thread("f").VerifyAsync())!.Problems.ShouldBeEmpty();
        await test.Store.CleanupAsync(new() { CheckForks = true });
        (await test.TextsAsync("f")).Take(3).ShouldBe(["1", "2", "3"]);
        foreach (var id in new[] { "a", "g", "f" })
        {
            await test.Store.Thread(id).EraseAsync();
        }

        await ExpectNothingIsLeftAsync(test);
    }

    private static async Task ExpectNothingIsLeftAsync(TestStore test)
    {
        foreach (var space in new[] { ThreadSpace.Threads, ThreadSpace.Trunks })
        {
            (await test.Memory.ListAsync(new() { Space = space, AsOf = test.Clock.GetUtcNow() })).Heads.Select(head => head.Key).ShouldBeEmpty();
        }
    }

    private static async Task ForkAnotherAsync(TestStore test) => await test.Store.Thread("a").ForkAsync("f");

    private sealed class CrashException : Exception;
}
