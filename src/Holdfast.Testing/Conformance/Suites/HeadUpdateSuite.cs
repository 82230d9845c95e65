using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Maintenance changes what it owns of a head, all or nothing, and on condition; appends and updates lose nothing of each other.</summary>
internal static partial class HeadUpdateSuite
{
    private static readonly DateTimeOffset Far = new(2190, 1, 1, 0, 0, 0, 5, TimeSpan.Zero);

    public static async Task Properties_AreSetReplacedAndRemoved(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 2);
        foreach (var properties in (Dictionary<string, string?>[])
            [
                new() { ["a"] = "1" },
                new() { ["b"] = "2", ["c"] = "" },
                new() { ["a"] = "3", ["b"] = null, ["d"] = "4" },
                new() { ["missing"] = null },
                new() { ["a"] = "3" },
                new() { ["a"] = null, ["c"] = null, ["d"] = null },
            ])
        {
            await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Properties = properties });
            await test.Log.ExpectThreadAsync(thread);
        }

        Expect.Equal(6, thread.Head!.Revision, "the revision that the writer expects");
        Expect.Equal(0, (await test.Log.GetHeadAsync(thread.Key))!.Properties.Count, "how many properties are left");
    }

    public static async Task Properties_OfHostileNamesAndTexts_ComeBack(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        string[] texts = ["", " ", "it's \"odd\"", "\\", "\n\r\t\0\u001f", "{\"a\":1}", "a:b", "%", "*", "🦑", "e\u0301", "\u00e9", "null", "$", "A", "a", new('x', 2_000)];

        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Properties = texts.ToDictionary(text => text, string? (text) => text + "!") });
        await test.Log.ExpectThreadAsync(thread);

        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Properties = texts.Skip(3).ToDictionary(text => text, string? (_) => null) });
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Pins_AreAddedReplacedAndRemoved(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 5);
        var (low, middle, high) = (test.NewPin(2, 4), test.NewPin(3, 3), test.NewPin(5, 4_294_967_295));
        foreach (var (update, count, lowest) in (List<(HeadUpdate, int, long?)>)
            [
                (new() { Key = thread.Key, AddPins = [middle] }, 1, 3),
                (new() { Key = thread.Key, AddPins = [low, high] }, 3, 2),
                (new() { Key = thread.Key, AddPins = [middle with { From = 1, To = 8, Key = ThreadKey.Of(ThreadSpace.Users, "other", "it's:odd 🦑") }] }, 3, 1),
                (new() { Key = thread.Key, AddPins = [middle with { From = 4, To = 4 }] }, 3, 2),
                (new() { Key = thread.Key, RemovePins = [low.Life, CommitId.New(TimeProvider.System)] }, 2, 4),
                (new() { Key = thread.Key, RemovePins = [middle.Life], AddPins = [low] }, 2, 2),
                (new() { Key = thread.Key, RemovePins = [low.Life], AddPins = [low with { From = 3 }] }, 2, 3),
                (new() { Key = thread.Key, RemovePins = [low.Life, high.Life, low.Life] }, 0, null),
            ])
        {
            await test.Log.ExpectUpdateAsync(thread, update);
            Expect.Equal(count, thread.Head!.PinCount, "the number of pins that the writer expects");
            Expect.Equal(lowest, thread.Head.LowestPin, "the lowest pin that the writer expects");
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Pins_OfManyThreads_ComeBack(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2, 2);
        var pins = Enumerable.Range(1, 200).Select(i => test.NewPin(i, i + 7)).ToList();
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, AddPins = [.. pins.Take(90)] });
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, AddPins = [.. pins.Skip(90).Take(90)] });
        foreach (var pin in pins.Skip(180))
        {
            await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, AddPins = [pin] });
        }

        await test.Log.ExpectThreadAsync(thread);
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, RemovePins = [.. pins.Take(90).Select(pin => pin.Life)] });
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Pins_OfOneThread_AreNotThoseOfAnother(LogUnderTest test)
    {
        var (one, two, pin) = (await test.WriteThreadAsync(1), await test.WriteThreadAsync(1), test.NewPin());
        await test.Log.ExpectUpdateAsync(one, new() { Key = one.Key, AddPins = [pin] });
        await test.Log.ExpectUpdateAsync(two, new() { Key = two.Key, AddPins = [pin with { To = 9 }, test.NewPin()] });
        await test.Log.ExpectUpdateAsync(two, new() { Key = two.Key, RemovePins = [pin.Life] });

        await test.Log.ExpectThreadAsync(one);
        await test.Log.ExpectThreadAsync(two);
    }

    public static async Task Pins_ThatKeepNothing_AreRefusedAndNothingElseOfTheUpdateIsDone(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        foreach (var pin in (Pin[])[test.NewPin(0, 4), test.NewPin(-1, 4), test.NewPin(3, 2), test.NewPin() with { Life = default }])
        {
            await Expect.ThrowsAsync<ArgumentException>(
                async () => await test.Log.UpdateHeadAsync(new() { Key = thread.Key, Beats = true, AddPins = [test.NewPin(), pin], Properties = new Dictionary<string, string?> { ["a"] = "1" } }),
                $"an update with a pin from {pin.From} to {pin.To}");
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Heartbeat_IsCountedAndLeavesTheRevision(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        for (var i = 0; i < 3; i++)
        {
            await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Beats = true });
        }

        Expect.Equal((3L, 0L), (thread.Head!.Heartbeat, thread.Head.Revision), "the heartbeat and the revision that the writer expects");
        await test.Log.ExpectThreadAsync(thread);

        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Beats = true, Properties = new Dictionary<string, string?> { ["a"] = "1" } });
        await thread.AppendAsync(test.Log);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Update_OfEverythingAtOnce_MovesTheRevisionByOne(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4, 3);
        await test.Log.ExpectUpdateAsync(thread, Everything(test, thread));

        Expect.Equal(1, thread.Head!.Revision, "the revision that the writer expects");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Update_OfNothing_AnswersWithTheHead(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4, 3);
        await test.Log.ExpectUpdateAsync(thread, Everything(test, thread));

        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key });

        Expect.Equal(1, thread.Head!.Revision, "the revision that the writer expects");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Update_OfAMissingThread_AnswersNothingAndMakesNone(LogUnderTest test)
    {
        var (missing, erased) = (test.NewThread(), await test.WriteThreadAsync(2));
        await test.Log.EraseAsync(erased.Key);
        foreach (var thread in (ThreadWriter[])[missing, erased])
        {
            await test.Log.ExpectNoUpdateAsync(new() { Key = thread.Key }, "of a missing thread");
            await test.Log.ExpectNoUpdateAsync(new() { Key = thread.Key, Beats = true }, "of a missing thread");
            await test.Log.ExpectNoUpdateAsync(Everything(test, thread), "of a missing thread");
            await test.Log.ExpectNoThreadAsync(thread.Key);
        }

        // Nothing of it waits for the thread.
        var anew = new ThreadWriter(erased.Key);
        await anew.AppendAsync(test.Log);
        await test.Log.ExpectThreadAsync(anew);
    }

    public static async Task Update_BetweenAppends_IsKeptByThem(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        await test.Log.ExpectUpdateAsync(thread, Everything(test, thread));
        await thread.AppendAsync(test.Log, new() { KeepExpiry = true });
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Beats = true, AddPins = [test.NewPin(2, 3)], Properties = new Dictionary<string, string?> { ["x"] = null } });
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true, Head = head => head with { ExpiresAt = null } });
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Update_OfAThread_IsNoUpdateOfItsTime(LogUnderTest test)
    {
        var (old, newer) = (test.NewThread("old"), test.NewThread("newer"));
        await old.AppendAsync(test.Log, new() { Head = head => head with { UserId = "ann", DueAt = Far } });
        await newer.AppendAsync(test.Log, new() { Head = head => head with { UserId = "ann", UpdatedAt = head.UpdatedAt.AddDays(1) } });

        await test.Log.ExpectUpdateAsync(old, Everything(test, old));

        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default, Filter = new() { UserId = "ann" } });
        Expect.Sequence(["newer", "old"], listed.Select(head => head.Key.Id.Value), "the threads, the newest first");
        Expect.Head(old.Head, listed[^1]);
    }

    public static async Task Update_OnCondition_IsMadeOnlyWhenItHolds(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 2);
        await test.Log.ExpectUpdateAsync(thread, Everything(test, thread));
        var head = thread.Head!;
        var otherLife = CommitId.New(TimeProvider.System);
        var update = Everything(test, thread);
        foreach (var (refused, why) in (List<(HeadUpdate, string)>)
            [
                (update with { IfLife = otherLife }, "of another life"),
                (update with { IfRevision = head.Revision - 1 }, "of an earlier revision"),
                (update with { IfRevision = head.Revision + 1 }, "of a later revision"),
                (update with { IfLife = head.Life, IfRevision = 0 }, "of the life at another revision"),
                (update with { IfLife = otherLife, IfRevision = head.Revision }, "of another life at the revision"),
                (update with { IfUnchanged = head.Stamp with { Life = otherLife } }, "of a thread with another life"),
                (update with { IfUnchanged = head.Stamp with { Revision = 0 } }, "of a thread at another revision"),
                (update with { IfUnchanged = head.Stamp with { ChainHash = ChainHash.Start } }, "of a thread with another chain hash"),
                (update with { IfLife = head.Life, IfRevision = head.Revision, IfUnchanged = head.Stamp with { Revision = 9 } }, "of which one condition of three does not hold"),
                (new() { Key = thread.Key, Beats = true, IfLife = otherLife }, "that only beats, of another life"),
                (new() { Key = thread.Key, IfRevision = 9 }, "of nothing, at another revision"),
            ])
        {
            await test.Log.ExpectNoUpdateAsync(refused, why);
        }

        await test.Log.ExpectThreadAsync(thread);
        await test.Log.ExpectUpdateAsync(thread, update with { IfLife = head.Life });
        await test.Log.ExpectUpdateAsync(thread, update with { IfRevision = thread.Head!.Revision });
        await test.Log.ExpectUpdateAsync(thread, update with { IfUnchanged = thread.Head!.Stamp });
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Beats = true, IfLife = head.Life, IfRevision = thread.Head!.Revision, IfUnchanged = thread.Head.Stamp });
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Update_IfUnchanged_SeesEveryKindOfChange(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 3, 5);
        foreach (var (change, what) in (List<(Func<Task>, string)>)
            [
                (() => thread.AppendAsync(test.Log), "an append"),
                (() => test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Expiry = new(Far) }), "a change of expiry"),
                (() => test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, AddPins = [test.NewPin()] }), "a pin"),
                (() => test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Properties = new Dictionary<string, string?> { ["a"] = null } }), "a property that is removed"),
                (() => RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [2] = "{}"u8.ToArray() } }), "a rewrite"),
                (() => RewriteAsync(test, thread, new() { Key = thread.Key, DropBelow = 3 }), "a trim"),
            ])
        {
            var seen = thread.Head!.Stamp;
            await change();
            await test.Log.ExpectNoUpdateAsync(new() { Key = thread.Key, IfUnchanged = seen, Expiry = new(null) }, $"after {what}");
        }

        var last = thread.Head!.Stamp;
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Beats = true });
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, IfUnchanged = last, Expiry = new(null) });
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Update_OfALifeThatEnded_DoesNothingToTheNextOne(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(2);
        await test.Log.EraseAsync(old.Key);
        var anew = new ThreadWriter(old.Key);
        await anew.AppendManyAsync(test.Log, 2);

        await test.Log.ExpectNoUpdateAsync(Everything(test, old) with { IfLife = old.Head!.Life }, "of a life that ended");
        await test.Log.ExpectNoUpdateAsync(Everything(test, old) with { IfUnchanged = old.Head.Stamp }, "of a life that ended");

        await test.Log.ExpectThreadAsync(anew);
    }

    public static async Task Erase_OfAThreadThatWasMaintained_LeavesNothingOfIt(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(2);
        await test.Log.ExpectUpdateAsync(old, Everything(test, old));
        await test.Log.EraseAsync(old.Key);

        var anew = new ThreadWriter(old.Key);
        await anew.AppendAsync(test.Log);
        await test.Log.ExpectThreadAsync(anew);

        var pin = test.NewPin(2, 2);
        await test.Log.ExpectUpdateAsync(anew, new() { Key = anew.Key, AddPins = [pin] });
        await test.Log.ExpectThreadAsync(anew);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Update_AfterARestart_HasTakenEffect(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 2);
        await test.Log.ExpectUpdateAsync(thread, Everything(test, thread));
        await test.RestartAsync();
        await test.Log.ExpectThreadAsync(thread);

        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Beats = true, RemovePins = [thread.Pins[0].Life], AddPins = [test.NewPin(3, 3)] });
        await thread.AppendAsync(test.Log, new() { KeepExpiry = true });
        await test.RestartAsync();
        await test.Log.ExpectThreadAsync(thread);
    }

    private static HeadUpdate Everything(LogUnderTest test, ThreadWriter thread) => new()
    {
        Key = thread.Key,
        Expiry = new(Far),
        Properties = new Dictionary<string, string?> { ["x"] = "1", ["y"] = "2", ["z"] = null },
        AddPins = [test.NewPin(1, 2), test.NewPin(2, 9)],
        RemovePins = [CommitId.New(TimeProvider.System)],
        Beats = true,
    };

    private static async Task RewriteAsync(LogUnderTest test, ThreadWriter thread, RewriteRequest request)
    {
        Expect.Equal(true, await test.Log.RewriteAsync(request), "the answer to the rewrite");
        thread.AcceptRewrite(request);
    }
}
