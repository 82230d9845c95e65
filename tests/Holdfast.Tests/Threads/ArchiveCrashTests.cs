using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

/// <summary>A process ends, or another one does something else to the thread, at any call while threads of an archive are changed.</summary>
public sealed class ArchiveCrashTests
{
    /// <summary>Which log fails at each of its calls, and whether the call has taken effect by then.</summary>
    public static TheoryData<bool, bool> Faults => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    /// <summary>Every version can be read, and the next run ends with all of them in the archive.</summary>
    [Theory, MemberData(nameof(Faults))]
    public Task Archive_CutOffAtAnyCall_IsFinishedByTheNext(bool isSource, bool isDone)
        => AtEachCallAsync(4, both => both.FillAsync(), (both, call) => FailsAsync((isSource ? both.Hot : both.Cold).Faults, call, isDone, async () => await both.Hot.Store.ArchiveAsync(ArchivedStore.Old)), async (both, call) =>
        {
            (await both.Hot.TextsAsync("old")).ShouldBe(["1", "2", "3"], call);
            (await both.Hot.Store.LoadAsync("old", 2))!.Messages.Count.ShouldBe(2, call);

            await both.Hot.Store.ArchiveAsync(ArchivedStore.Old);

            (await both.Hot.EntriesAsync("old")).Count.ShouldBe(1, call);
            (await both.Cold.TextsAsync("old")).ShouldBe(["1", "2", "3"], call);
            (await both.Hot.TextsAsync("old")).ShouldBe(["1", "2", "3"], call);
        });

    /// <summary>What was begun is ended by a clean-up, and until then nothing is half there.</summary>
    [Theory, MemberData(nameof(Faults))]
    public Task Erase_CutOffAtAnyCall_IsFinishedByTheNext(bool isSource, bool isDone)
        => AtEachCallAsync(2, FillAndArchiveAsync, (both, call) => FailsAsync((isSource ? both.Hot : both.Cold).Faults, call, isDone, async () => await both.Hot.Store.Thread("old").EraseAsync()), async (both, call) =>
        {
            if (await both.Hot.Store.Thread("old").GetInfoAsync() is not null)
            {
                (await both.Hot.TextsAsync("old")).ShouldBe(["1", "2", "3"], call);
                await both.Hot.Store.Thread("old").EraseAsync();
            }

            await both.Hot.Store.CleanupAsync();
            (await ArchivedStore.HeadsAsync(both.Cold, ThreadSpace.Threads, ThreadSpace.Trunks)).Select(head => head.Key.Id.Value).ShouldBe(["asks"], call);
            (await ArchivedStore.HeadsAsync(both.Hot, ThreadSpace.Trunks)).ShouldBeEmpty(call);
        });

    /// <summary>A damaged thread is recovered with what the archive has, and is whole in the store then.</summary>
    [Theory, MemberData(nameof(Faults))]
    public async Task Recover_OfAnArchivedThread_CutOffAtAnyCall_IsFinishedByTheNext(bool isInArchive, bool isDone)
    {
        using var quarantine = new MemoryStream();
        await AtEachCallAsync(10, ArrangeAsync, (both, call) => FailsAsync(both.Hot.Faults, call, isDone, () => RecoverAsync(both)), async (both, call) =>
        {
            var store = both.Hot.Store;
            await store.CleanupAsync(new() { CheckForks = true });
            await RecoverAsync(both);

            (await (await store.OpenAsync("old")).History.LastAsync(1)).Single().Text.ShouldBe(isInArchive ? "5" : "4", call);
            (await store.Thread("old").VerifyAsync())!.IsIntact.ShouldBeTrue(call);
            (await ArchivedStore.HeadsAsync(both.Cold, ThreadSpace.Threads, ThreadSpace.Trunks)).ShouldBeEmpty(call);
            (await ArchivedStore.HeadsAsync(both.Hot, ThreadSpace.Trunks)).ShouldBeEmpty(call);
            (await both.Hot.Memory.GetHeadAsync(ThreadKey.Of("old")))!.PinCount.ShouldBe(1, call);
        });

        async Task ArrangeAsync(ArchivedStore both)
        {
            await SayAsync(both.Hot, "1", "2", "3", "4");
            both.Hot.Clock.Advance(TimeSpan.FromDays(60));
            await both.Hot.Store.ArchiveAsync(ArchivedStore.Old);
            await both.Hot.Store.Thread("old").ForkAsync("fork", new() { At = 1 });
            await SayAsync(both.Hot, "5");
            Damage(isInArchive ? both.Cold : both.Hot, isInArchive ? 3 : 6);
        }

        async Task RecoverAsync(ArchivedStore both) => await both.Hot.Store.Thread("old").RecoverAsync(new() { Quarantine = quarantine });
    }

    /// <summary>A thread that is erased or redacted at any moment of an archiving leaves nothing behind.</summary>
    [Theory, MemberData(nameof(Faults))]
    public Task Archive_BesideAnEraseOrARedaction_LeavesNothingBehind(bool erases, bool isSource)
        => AtEachCallAsync(
            4,
            async both =>
            {
                await SayAsync(both.Hot, "secret 1", "secret 2", "secret 3");
                both.Hot.Clock.Advance(TimeSpan.FromDays(60));
            },
            async (both, call) =>
            {
                var isReached = false;
                var other = new AgentStateStore(both.Hot.Memory, new() { TimeProvider = both.Hot.Clock, Archive = both.Cold.Memory }).Thread("old");
                (isSource ? both.Hot : both.Cold).Faults.Nth(call, LogCall.Any).RunsBefore(async () =>
                {
                    isReached = true;
                    _ = erases ? await other.EraseAsync() : await other.RedactAsync(new() { Pattern = "secret" }) is not null;
                });
                (await both.Hot.Store.ArchiveAsync(ArchivedStore.Old)).Failures.ShouldBeEmpty($"call {call}");
                return isReached;
            },
            async (both, call) =>
            {
                if (!erases)
                {
                    both.Hot.Clock.Advance(TimeSpan.FromDays(60));
                    await both.Hot.Store.ArchiveAsync(ArchivedStore.Old);
                    (await both.Hot.TextsAsync("old")).Count.ShouldBe(3, call);
                }

                (await ArchivedStore.EverythingAsync(both.Hot)).ShouldNotContain("secret", Case.Sensitive, call);
                (await ArchivedStore.EverythingAsync(both.Cold)).ShouldNotContain("secret", Case.Sensitive, call);
            });

    // Until there is no such call any more.
    private static async Task AtEachCallAsync(int least, Func<ArchivedStore, Task> arrange, Func<ArchivedStore, int, Task<bool>> act, Func<ArchivedStore, string, Task> check)
    {
        for (var (call, isReached) = (1, true); isReached; call++)
        {
            var both = new ArchivedStore();
            await arrange(both);
            isReached = await act(both, call);
            if (isReached)
            {
                await check(both, $"call {call}");
            }

            (isReached || call > least).ShouldBeTrue();
        }
    }

    // Whether it came to that call at all.
    private static async Task<bool> FailsAsync(FaultInjectingLog log, int call, bool isDone, Func<Task> act)
    {
        var before = log.CountOf(LogCall.Any);
        var fault = log.Nth(call, LogCall.Any);
        if (isDone)
        {
            fault.FailsAfter();
        }
        else
        {
            fault.FailsBefore();
        }

        try
        {
            await act();
        }
        catch (StoreUnavailableException)
        {
            // The next one goes on.
        }

        log.Heal();
        return log.CountOf(LogCall.Any) - before >= call;
    }

    private static async Task FillAndArchiveAsync(ArchivedStore both)
    {
        await both.FillAsync();
        await both.Hot.Store.ArchiveAsync(ArchivedStore.Old);
    }

    private static async Task SayAsync(TestStore store, params string[] texts)
    {
        foreach (var text in texts)
        {
            await store.CommitAsync("old", session => session.Say(text));
        }
    }

    private static void Damage(TestStore store, long version)
    {
        var damaged = store.Memory.ReadAsync(ThreadKey.Of("old"), version, version).ToBlockingEnumerable().Single().CommitId;
        store.Log.ShowEntry = entry => entry.CommitId == damaged ? entry with { Body = "{}"u8.ToArray() } : entry;
    }
}
