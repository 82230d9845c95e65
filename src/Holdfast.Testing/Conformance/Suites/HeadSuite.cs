using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A head comes back as it was given.</summary>
internal static class HeadSuite
{
    private static readonly DateTimeOffset Time = new(2026, 2, 28, 23, 59, 59, 999, TimeSpan.Zero);

    public static async Task Head_OfAMissingThread_IsNull(LogUnderTest test)
        => Expect.Head(null, await test.Log.GetHeadAsync(test.NewThread().Key));

    public static Task Head_WithNothingButTheNecessary_ComesBackWithNulls(LogUnderTest test) => RoundTripAsync(test, head => head);

    public static Task Head_WithEverything_ComesBackWhole(LogUnderTest test) => RoundTripAsync(test, head => head with
    {
        UserId = "ann@example.org",
        Agent = "Billing",
        Status = ThreadStatus.WaitingForApproval,
        MessageCount = 5_000_000_000,
        CreatedAt = Time,
        UpdatedAt = Time.AddDays(1).AddMilliseconds(1),
        ExpiresAt = Time.AddYears(300),
        DeletedAt = Time.AddDays(2),
        Metadata = head.WithMetadata("team", "\"red\"").WithMetadata("n", "1").Metadata,
    });

    public static async Task Head_WithEachStatus_ComesBack(LogUnderTest test)
    {
        var thread = test.NewThread();
        foreach (var status in Enum.GetValues<ThreadStatus>())
        {
            await thread.AppendAsync(test.Log, new() { Head = head => head with { Status = status } });
            Expect.Head(thread.Head, await test.Log.GetHeadAsync(thread.Key));
        }
    }

    public static async Task Head_OfTheNextAppend_ReplacesTheOneBefore(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new()
        {
            Head = head => (head with { UserId = "ann", Agent = "A", Status = ThreadStatus.Thinking, ExpiresAt = Time.AddYears(200), DeletedAt = Time })
                .WithMetadata("a", "1").WithMetadata("b", "2"),
        });
        await thread.AppendAsync(test.Log, new()
        {
            Head = head => (head with { UserId = null, Agent = null, Status = ThreadStatus.Idle, ExpiresAt = null, DeletedAt = null, Metadata = ThreadHead.EmptyMetadata })
                .WithMetadata("b", "3"),
        });
        await test.Log.ExpectThreadAsync(thread);

        await thread.AppendAsync(test.Log, new() { Head = head => head with { UserId = "bob", Agent = "B", Metadata = ThreadHead.EmptyMetadata } });
        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Head_AfterAConflict_IsTheOneBefore(LogUnderTest test)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Head = head => (head with { UserId = "ann" }).WithMetadata("a", "1") });
        var stale = test.NewThread(thread.Key.Id.Value).Next(new() { Head = head => (head with { UserId = "eve" }).WithMetadata("b", "1") });

        await test.Log.ExpectAppendAsync(stale, AppendResult.Conflict(1));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static Task Head_WithInstantsOfAnotherOffset_KeepsTheInstants(LogUnderTest test) => RoundTripAsync(test, head => head with
    {
        CreatedAt = Time.ToOffset(TimeSpan.FromHours(13)),
        UpdatedAt = Time.ToOffset(TimeSpan.FromHours(-11)),
        ExpiresAt = Time.AddYears(200).ToOffset(TimeSpan.FromHours(5.5)),
        DeletedAt = Time.ToOffset(TimeSpan.FromHours(-3.5)),
    });

    public static async Task Head_WithInstantsOfEveryMillisecondKind_KeepsThem(LogUnderTest test)
    {
        var thread = test.NewThread();
        foreach (var millis in (long[])[0, 1, 10, 100, 999, 1_000, 1_609_459_200_001, 4_102_444_800_100, 253_402_300_799_999])
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(millis);
            await thread.AppendAsync(test.Log, new() { At = time, Head = head => head with { CreatedAt = time, DeletedAt = time } });
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static Task Head_WithInstantsBefore1970_KeepsThem(LogUnderTest test) => RoundTripAsync(test, head => head with
    {
        CreatedAt = new(1969, 7, 20, 20, 17, 40, 1, TimeSpan.Zero),
        UpdatedAt = new(1969, 12, 31, 23, 59, 59, 999, TimeSpan.Zero),
        DeletedAt = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero),
    });

    public static async Task Head_WithTimesThatGoBackwards_ComesBackInOrderOfVersions(LogUnderTest test)
    {
        var thread = test.NewThread();
        for (var i = 0; i < 4; i++)
        {
            await thread.AppendAsync(test.Log, new() { At = Time.AddHours(-i) });
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static Task Head_WithUserAndAgentOfHostileText_ComesBackWhole(LogUnderTest test) => RoundTripAsync(test, head => head with
    {
        UserId = "o'brien\"; DROP TABLE threads; -- \\ %00 🦑 {0} $1 *",
        Agent = "Größe/数据:a b\u00a0'`|\u200d",
    });

    public static async Task Head_WithManyMessagesInEntries_KeepsTheirCounts(LogUnderTest test)
    {
        var thread = test.NewThread();
        foreach (var count in (int[])[0, 1, 70_000, int.MaxValue])
        {
            await thread.AppendAsync(test.Log, new() { MessageCount = count });
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    private static async Task RoundTripAsync(LogUnderTest test, Func<ThreadHead, ThreadHead> head)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Head = head });
        await test.Log.ExpectThreadAsync(thread);
    }
}
