using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Reading streams the entries of a range, in the order asked for.</summary>
internal static class ReadSuite
{
    public static async Task Read_OfAMissingThread_IsEmpty(LogUnderTest test)
    {
        var missing = test.NewThread().Key;

        Expect.Entries([], await test.Log.ReadAllAsync(missing), "a missing thread");
        Expect.Entries([], await test.Log.ReadAllAsync(missing, direction: ReadDirection.Backward), "a missing thread, backwards");
    }

    public static async Task Read_Forward_GivesTheOldestFirst(LogUnderTest test)
        => await ExpectRangeAsync(test, await test.WriteThreadAsync(6, 3), 1, long.MaxValue);

    public static async Task Read_Backward_GivesTheNewestFirst(LogUnderTest test)
        => await ExpectRangeAsync(test, await test.WriteThreadAsync(6, 3), 1, long.MaxValue, ReadDirection.Backward);

    public static async Task Read_OfARange_IncludesBothEnds(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(8, 4);
        foreach (var direction in Enum.GetValues<ReadDirection>())
        {
            await ExpectRangeAsync(test, thread, 3, 6, direction);
            await ExpectRangeAsync(test, thread, 1, 1, direction);
            await ExpectRangeAsync(test, thread, 8, 8, direction);
            await ExpectRangeAsync(test, thread, 1, 8, direction);
        }
    }

    public static async Task Read_OfARangeBeyondTheThread_LeavesOutWhatIsNotThere(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4);
        foreach (var direction in Enum.GetValues<ReadDirection>())
        {
            await ExpectRangeAsync(test, thread, 3, 99, direction);
            await ExpectRangeAsync(test, thread, 5, 99, direction);
            await ExpectRangeAsync(test, thread, long.MaxValue, long.MaxValue, direction);
            await ExpectRangeAsync(test, thread, 0, 2, direction);
            await ExpectRangeAsync(test, thread, -7, 0, direction);
            await ExpectRangeAsync(test, thread, long.MinValue, long.MaxValue, direction);
        }
    }

    public static async Task Read_OfARangeThatEndsBeforeItBegins_IsEmpty(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(4);

        await ExpectRangeAsync(test, thread, 3, 2);
        await ExpectRangeAsync(test, thread, 3, 2, ReadDirection.Backward);
    }

    public static async Task Read_AfterATrim_LeavesOutWhatWasDropped(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(8, 5, 6);
        var none = new Dictionary<long, ReadOnlyMemory<byte>>();
        await test.Log.RewriteAsync(thread.Key, none, dropBelow: 5);
        thread.AcceptRewrite(none, dropBelow: 5);
        foreach (var direction in Enum.GetValues<ReadDirection>())
        {
            await ExpectRangeAsync(test, thread, 1, long.MaxValue, direction);
            await ExpectRangeAsync(test, thread, 3, 6, direction);
            await ExpectRangeAsync(test, thread, 1, 4, direction);
        }
    }

    public static async Task Read_OfManyEntries_GivesEachOnce(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(150);

        await ExpectRangeAsync(test, thread, 1, long.MaxValue);
        await ExpectRangeAsync(test, thread, 2, 149, ReadDirection.Backward);
    }

    public static async Task Read_OfSeveralMebibytes_IsWhole(LogUnderTest test)
    {
        var thread = test.NewThread();
        for (var i = 0; i < 6; i++)
        {
            var body = new byte[500_000];
            Array.Fill(body, (byte)('a' + i));
            await thread.AppendAsync(test.Log, new() { Body = body });
        }

        await ExpectRangeAsync(test, thread, 1, long.MaxValue);
        await ExpectRangeAsync(test, thread, 1, long.MaxValue, ReadDirection.Backward);
    }

    public static async Task Read_ThatIsLeftEarly_LeavesTheLogUsable(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(20);
        for (var round = 0; round < 30; round++)
        {
            await foreach (var entry in test.Log.ReadAsync(thread.Key, direction: (ReadDirection)(round % 2)))
            {
                Expect.Equal(round % 2 == 0 ? 1 : 20, entry.Version, "the first version that is read");
                break;
            }
        }

        await thread.AppendAsync(test.Log);
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Read_DuringWhichTheCallerAppends_GoesOn(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(5);
        var standing = thread.Entries.ToList();
        var read = new List<LogEntry>();
        await foreach (var entry in test.Log.ReadAsync(thread.Key))
        {
            read.Add(entry);
            if (thread.Version < 10)
            {
                await thread.AppendAsync(test.Log);
            }
        }

        Expect.Entries(standing, read.Take(5).ToList(), "the entries that stood when reading began");
        Expect.Entries(thread.Entries.Skip(5).Take(read.Count - 5), read.Skip(5).ToList(), "the entries that were appended meanwhile and seen");
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Read_OfOneThreadWithinAnother_KeepsThemApart(LogUnderTest test)
    {
        var (outer, inner) = (await test.WriteThreadAsync(4), await test.WriteThreadAsync(3));
        var read = new List<LogEntry>();
        await foreach (var entry in test.Log.ReadAsync(outer.Key))
        {
            read.Add(entry);
            await ExpectRangeAsync(test, inner, 1, long.MaxValue, ReadDirection.Backward);
        }

        Expect.Entries(outer.Entries, read, "the outer thread");
    }

    public static async Task Read_EnumeratedTwice_GivesTheSameTwice(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3);
        var stream = test.Log.ReadAsync(thread.Key);
        for (var round = 0; round < 2; round++)
        {
            var read = new List<LogEntry>();
            await foreach (var entry in stream)
            {
                read.Add(entry);
            }

            Expect.Entries(thread.Entries, read, "the thread");
        }
    }

    private static async Task ExpectRangeAsync(LogUnderTest test, ThreadWriter thread, long from, long to, ReadDirection direction = ReadDirection.Forward)
    {
        var expected = thread.Entries.Where(entry => entry.Version >= from && entry.Version <= to);
        Expect.Entries(
            direction == ReadDirection.Forward ? expected : expected.Reverse(),
            await test.Log.ReadAllAsync(thread.Key, from, to, direction),
            $"a read from {from} to {to}, {direction}");
    }
}
