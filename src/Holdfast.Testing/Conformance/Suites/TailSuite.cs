using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>The tail has the head and every entry from the last keyframe on, or more where more was asked for.</summary>
internal static class TailSuite
{
    public static async Task Tail_OfAMissingThread_IsNull(LogUnderTest test)
    {
        var missing = test.NewThread().Key;

        Expect.That(await test.Log.ReadTailAsync(missing) is null, "there is no tail");
        Expect.That(await test.Log.ReadTailAsync(missing, 10) is null, "there is no tail, however many entries are wanted");
    }

    public static async Task Tail_WithoutAKeyframe_BeginsWithTheFirstEntry(LogUnderTest test)
        => await ExpectTailAsync(test, await test.WriteThreadAsync(7), minimum: 0, first: 1);

    public static async Task Tail_WithKeyframes_BeginsWithTheLast(LogUnderTest test)
        => await ExpectTailAsync(test, await test.WriteThreadAsync(9, 2, 6), minimum: 0, first: 6);

    public static async Task Tail_WhoseHeadIsAKeyframe_HasThatEntryOnly(LogUnderTest test)
        => await ExpectTailAsync(test, await test.WriteThreadAsync(5, 3, 5), minimum: 0, first: 5);

    public static async Task Tail_WhoseFirstEntryIsTheKeyframe_HasAll(LogUnderTest test)
        => await ExpectTailAsync(test, await test.WriteThreadAsync(4, 1), minimum: 0, first: 1);

    public static async Task Tail_WithAMinimumThatTheKeyframeCovers_BeginsWithTheKeyframe(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 6);

        await ExpectTailAsync(test, thread, minimum: 1, first: 6);
        await ExpectTailAsync(test, thread, minimum: 4, first: 6);
    }

    public static async Task Tail_WithALargerMinimum_BeginsBeforeTheKeyframe(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 2, 6);

        await ExpectTailAsync(test, thread, minimum: 5, first: 5);
        await ExpectTailAsync(test, thread, minimum: 8, first: 2);
        await ExpectTailAsync(test, thread, minimum: 9, first: 1);
    }

    public static async Task Tail_WithAMinimumBeyondTheThread_HasAll(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(5, 4);

        await ExpectTailAsync(test, thread, minimum: 6, first: 1);
        await ExpectTailAsync(test, thread, minimum: int.MaxValue, first: 1);
    }

    public static async Task Tail_AfterATrim_BeginsWithWhatIsLeft(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(9, 4, 6);
        var none = new Dictionary<long, ReadOnlyMemory<byte>>();
        await test.Log.RewriteAsync(thread.Key, none, dropBelow: 4);
        thread.AcceptRewrite(none, dropBelow: 4);

        await ExpectTailAsync(test, thread, minimum: 0, first: 6);
        await ExpectTailAsync(test, thread, minimum: 5, first: 5);
        await ExpectTailAsync(test, thread, minimum: 100, first: 4);
    }

    public static async Task Tail_OfManyEntries_HasEachOnceInOrder(LogUnderTest test)
        => await ExpectTailAsync(test, await test.WriteThreadAsync(150), minimum: 0, first: 1);

    public static async Task Tail_OfSeveralMebibytes_IsWhole(LogUnderTest test)
    {
        var thread = test.NewThread();
        for (var i = 0; i < 6; i++)
        {
            var body = new byte[500_000];
            Array.Fill(body, (byte)('a' + i));
            await thread.AppendAsync(test.Log, new() { Body = body });
        }

        await ExpectTailAsync(test, thread, minimum: 0, first: 1);
    }

    public static async Task Tail_AfterAnAppend_HasTheNewEntryAtOnce(LogUnderTest test)
    {
        var thread = test.NewThread();
        for (var i = 0; i < 5; i++)
        {
            await thread.AppendAsync(test.Log, new() { IsKeyframe = i == 3 });
            await ExpectTailAsync(test, thread, minimum: 0, first: i < 3 ? 1 : 4);
        }
    }

    private static async Task ExpectTailAsync(LogUnderTest test, ThreadWriter thread, int minimum, long first)
    {
        var tail = Expect.NotNull(await test.Log.ReadTailAsync(thread.Key, minimum), "a tail");
        Expect.Head(thread.Head, tail.Head);
        Expect.Entries(thread.Entries.Where(entry => entry.Version >= first), tail.Entries, $"the tail with a minimum of {minimum}");
    }
}
