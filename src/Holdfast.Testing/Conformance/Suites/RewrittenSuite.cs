using Holdfast.Logs;
using Bodies = System.Collections.Generic.Dictionary<long, System.ReadOnlyMemory<byte>>;

namespace Holdfast.Testing.Suites;

/// <summary>A rewritten entry keeps the digest of its first body beside that of its new one, also in a copy; a rewrite can be made on condition that nothing changed.</summary>
internal static class RewrittenSuite
{
    private static readonly Digest First = Digest.Compute("the body that was there first"u8);

    public static async Task Append_OfARewrittenEntry_KeepsBothDigests(LogUnderTest test)
    {
        foreach (var body in (ReadOnlyMemory<byte>[])["{\"redacted\":true}"u8.ToArray(), new byte[] { 0, 0xff }, Array.Empty<byte>(), new byte[700_000]])
        {
            var thread = test.NewThread();
            await thread.AppendAsync(test.Log, new() { Body = body, BodyHash = First });
            await thread.AppendAsync(test.Log);
            await thread.AppendAsync(test.Log, new() { Body = body, BodyHash = First });
            await thread.AppendAsync(test.Log, new() { IsKeyframe = true });

            Expect.Equal(Digest.Compute(body.Span), thread.Entries[0].RewrittenHash, "the digest that the writer expects");
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Copy_OfARewrittenThread_IsTheSame(LogUnderTest test)
    {
        var original = await test.WriteThreadAsync(6, 2, 5);
        await RewriteAsync(test, original, new() { Key = original.Key, Replacements = new Bodies { [3] = "{}"u8.ToArray(), [4] = new byte[] { 0xff } }, DropBelow = 2 });
        var copy = test.NewThread();
        var after = Digest.Compute("before"u8);
        foreach (var entry in original.Entries)
        {
            await copy.AppendAsync(test.Log, new()
            {
                FirstVersion = 2,
                After = after,
                Life = original.Head!.Life,
                CommitId = entry.CommitId,
                At = entry.At,
                IsKeyframe = entry.IsKeyframe,
                Body = entry.Body,
                BodyHash = entry.RewrittenHash is null ? null : entry.BodyHash,
            });
        }

        await test.Log.ExpectThreadAsync(copy);
        Expect.Sequence(original.Entries.Select(entry => (entry.BodyHash, entry.RewrittenHash)), (await test.Log.ReadAllAsync(copy.Key)).Select(entry => (entry.BodyHash, entry.RewrittenHash)), "the digests of the copy");
    }

    public static async Task Append_OfARewrittenEntryTwice_ReportsDuplicate(LogUnderTest test)
    {
        var thread = test.NewThread();
        var request = await thread.AppendAsync(test.Log, new() { Body = "{}"u8.ToArray(), BodyHash = First });

        await test.Log.ExpectAppendAsync(request, AppendResult.Duplicate(1));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_OfACopiedRewrittenEntry_KeepsTheDigestOfItsFirstBody(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Body = "{}"u8.ToArray(), BodyHash = First });
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true });

        await RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Bodies { [1] = "{\"again\":1}"u8.ToArray() } });

        Expect.Equal(First, thread.Entries[0].BodyHash, "the digest that the writer expects");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_WithTheSameBody_IsOneToo(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 3);

        await RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Bodies { [1] = thread.Entries[0].Body } });

        Expect.Equal(thread.Entries[0].BodyHash, thread.Entries[0].RewrittenHash, "the digest that the writer expects");
        Expect.Equal(1, thread.Head!.Revision, "the revision that the writer expects");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_BetweenPlainAndOpaqueBodies_ComesBackByteForByte(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Body = "{\"a\":1.0, \"a\" : 2}"u8.ToArray() });
        await thread.AppendAsync(test.Log, new() { Body = new byte[] { 0, 0x0a, 0xff } });
        await thread.AppendAsync(test.Log, new() { Body = new byte[500_000] });
        await thread.AppendAsync(test.Log, new() { IsKeyframe = true });
        foreach (var body in (byte[][])[[1, 2, 3], [.. "{\"b\":\"\\u0000 🦑\"}"u8], [.. " {}"u8], [.. "{}"u8]])
        {
            await RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Bodies { [1] = body, [2] = body, [3] = body } });
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Rewrite_MovesTheRevisionByOne(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 3, 5);
        await RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Bodies { [2] = "{}"u8.ToArray(), [3] = "{}"u8.ToArray() } });
        await RewriteAsync(test, thread, new() { Key = thread.Key, DropBelow = 3 });
        await RewriteAsync(test, thread, new() { Key = thread.Key, DropBelow = 3 });
        await RewriteAsync(test, thread, new() { Key = thread.Key });

        Expect.Equal((2L, 3L), (thread.Head!.Revision, thread.Head.FirstVersion), "the revision and the first version that the writer expects");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_OfAThreadThatIsAsExpected_IsDone(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 3, 5);
        for (var round = 0; round < 2; round++)
        {
            await RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Bodies { [4] = "{}"u8.ToArray() }, DropBelow = 3, IfUnchanged = thread.Head!.Stamp });
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Rewrite_OfAThreadThatChangedMeanwhile_ChangesNothing(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 3, 5);
        foreach (var (change, what) in (List<(Func<Task>, string)>)
            [
                (() => thread.AppendAsync(test.Log), "appended to"),
                (() => test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, AddPins = [test.NewPin()] }), "pinned"),
                (() => test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Expiry = new(null) }), "given an expiry"),
                (() => RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Bodies { [2] = "{}"u8.ToArray() } }), "rewritten"),
            ])
        {
            var seen = thread.Head!.Stamp;
            await change();
            foreach (var request in (RewriteRequest[])
                [
                    new() { Key = thread.Key, IfUnchanged = seen, Replacements = new Bodies { [4] = "{\"late\":1}"u8.ToArray() } },
                    new() { Key = thread.Key, IfUnchanged = seen, DropBelow = 3 },
                    new() { Key = thread.Key, IfUnchanged = seen },
                    new() { Key = thread.Key, IfUnchanged = thread.Head!.Stamp with { Life = CommitId.New(TimeProvider.System) }, DropBelow = 3 },
                ])
            {
                Expect.Equal(false, await test.Log.RewriteAsync(request), $"the answer for a thread that was {what}");
            }

            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Rewrite_OfALifeThatEnded_ChangesNothingOfTheNext(LogUnderTest test)
    {
        var old = await test.WriteThreadAsync(6, 3, 5);
        await test.Log.EraseAsync(old.Key);
        var anew = new ThreadWriter(old.Key);
        await anew.AppendManyAsync(test.Log, 6, keyframes: [3, 5]);

        Expect.Equal(false, await test.Log.RewriteAsync(new RewriteRequest { Key = old.Key, IfUnchanged = old.Head!.Stamp, DropBelow = 3 }), "the answer for another life");

        await test.Log.ExpectThreadAsync(anew);
    }

    public static async Task Rewrite_LeavesPinsAndProperties(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(6, 3, 5);
        await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Beats = true, AddPins = [test.NewPin(1, 4)], Properties = new Dictionary<string, string?> { ["a"] = "1" } });

        // The log does not ask for pins: its callers do.
        await RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Bodies { [3] = "{}"u8.ToArray() }, DropBelow = 3 });

        await test.Log.ExpectThreadAsync(thread);
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task RewrittenEntries_AfterARestart_AreTheSame(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Body = "{}"u8.ToArray(), BodyHash = First });
        await thread.AppendManyAsync(test.Log, 4, keyframes: [4]);
        await RewriteAsync(test, thread, new() { Key = thread.Key, Replacements = new Bodies { [2] = "{}"u8.ToArray() } });

        await test.RestartAsync();

        await test.Log.ExpectThreadAsync(thread);
    }

    private static async Task RewriteAsync(LogUnderTest test, ThreadWriter thread, RewriteRequest request)
    {
        Expect.Equal(true, await test.Log.RewriteAsync(request), "the answer for a thread that is there");
        thread.AcceptRewrite(request);
    }
}
