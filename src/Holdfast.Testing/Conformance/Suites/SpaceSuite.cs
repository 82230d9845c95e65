using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>The space is a part of the key: threads of two spaces have nothing in common, whatever their tenants and ids are.</summary>
internal static class SpaceSuite
{
    private static readonly DateTimeOffset Due = new(2091, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static IEnumerable<ThreadSpace> Spaces => ThreadSpaceNames.All.Where(space => space != ThreadSpace.Trunks);

    public static async Task Threads_OfOneIdInAllSpaces_AreDifferentThreads(LogUnderTest test)
    {
        var threads = await WriteInAllAsync(test, "x");
        foreach (var thread in threads)
        {
            await test.Log.ExpectThreadAsync(thread);
        }

        foreach (var (i, thread) in threads.Index())
        {
            await thread.AppendManyAsync(test.Log, i, keyframes: [3]);
            await test.Log.ExpectUpdateAsync(thread, new() { Key = thread.Key, Expiry = new(Due.AddDays(i)), AddPins = [test.NewPin(i + 1, i + 1)] });
        }

        foreach (var thread in threads)
        {
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Erase_InOneSpace_LeavesTheOthersAlone(LogUnderTest test)
    {
        var threads = await WriteInAllAsync(test, "x");
        while (threads.Count > 0)
        {
            Expect.Equal(true, await test.Log.EraseAsync(threads[0].Key), "the answer for a thread that is there");
            await test.Log.ExpectNoThreadAsync(threads[0].Key);
            threads.RemoveAt(0);
            foreach (var thread in threads)
            {
                await test.Log.ExpectThreadAsync(thread);
            }
        }
    }

    public static async Task Append_InOneSpace_IsNoDuplicateOrConflictInAnother(LogUnderTest test)
    {
        var thread = test.NewThread("x");
        var request = await thread.AppendAsync(test.Log);
        foreach (var space in Spaces.Where(space => space != ThreadSpace.Threads))
        {
            var other = test.NewThread(space, "x");
            await test.Log.ExpectAppendAsync(
                request with { Begins = false, Entry = request.Entry with { Key = other.Key }, Head = request.Head with { Key = other.Key } }, AppendResult.Conflict(0));
            await other.AppendAsync(test.Log, new() { CommitId = request.Entry.CommitId });
            await test.Log.ExpectThreadAsync(other);
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Ids_LikeNamesOfSpaces_NameDifferentThreads(LogUnderTest test)
    {
        List<ThreadWriter> threads = [];
        foreach (var space in Spaces)
        {
            threads.Add(test.NewThread(space.ToName() + "/x"));
            threads.Add(test.NewThread(space, "x"));
            threads.Add(test.NewThread($"{(int)space}:x"));
            threads.Add(new(ThreadKey.Of(ThreadSpace.Threads, $"{test.Tenant}/{space.ToName()}", "x")));
            threads.Add(new(ThreadKey.Of(ThreadSpace.Threads, $"${space.ToName()}/{test.Tenant}", "x")));
        }

        foreach (var thread in threads)
        {
            Expect.Head(null, await test.Log.GetHeadAsync(thread.Key));
            await thread.AppendAsync(test.Log);
        }

        foreach (var thread in threads)
        {
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task Id_LikeThatOfATrunk_NamesAnotherThread(LogUnderTest test)
    {
        var trunk = test.NewThread("x");
        await trunk.AppendManyAsync(test.Log, 3);
        var like = test.NewThread(ThreadKey.Trunk(trunk.Key, trunk.Head!.Life).Id.Value);
        await like.AppendManyAsync(test.Log, 2);
        var user = test.NewThread(ThreadSpace.Users, like.Key.Id.Value);
        await user.AppendAsync(test.Log);

        await test.Log.ExpectKeptAsTrunkAsync(trunk);

        foreach (var thread in (ThreadWriter[])[trunk, like, user])
        {
            await test.Log.ExpectThreadAsync(thread);
        }

        await test.Log.EraseAsync(trunk.Key);
        await test.Log.ExpectThreadAsync(like);
    }

    public static async Task List_OfOneSpace_HasNoThreadOfAnother(LogUnderTest test)
    {
        var (user, term) = (test.Tenant, "t" + test.Tenant);
        foreach (var space in Spaces)
        {
            foreach (var id in (string[])["a", "b", space.ToName()])
            {
                await test.NewThread(space, id).AppendAsync(test.Log, new()
                {
                    Head = head => (head with { UserId = user, Agent = user, Status = ThreadStatus.Sleeping, DueAt = Due, Terms = [term] }).WithMetadata("k", "1"),
                });
            }
        }

        foreach (var space in Spaces)
        {
            var query = new HeadQuery { Space = space, Tenant = test.Tenant, AsOf = default, Filter = new() { UserId = user, PageSize = 2 } };
            foreach (var wanted in (HeadQuery[])
                [
                    query,
                    query with { Tenant = null },
                    query with { Filter = query.Filter with { Order = ThreadOrder.Id } },
                    query with { Tenant = null, Filter = query.Filter with { Order = ThreadOrder.Id } },
                    query with { Filter = query.Filter with { Agent = user, Status = ThreadStatus.Sleeping } },
                    query with { Filter = query.Filter.WithMetadata("k", 1) },
                    query with { DueBefore = Due.AddDays(1) },
                    query with { Tenant = null, DueBefore = Due.AddDays(1) },
                    query with { Terms = [term] },
                    query with { Tenant = null, Terms = [term], Filter = query.Filter with { Order = ThreadOrder.Id } },
                ])
            {
                var listed = await test.Log.ListAllAsync(wanted);
                Expect.Sequence(
                    new[] { "a", "b", space.ToName() }.Select(id => ThreadKey.Of(space, test.Tenant, id).ToString()).Order(StringComparer.Ordinal),
                    listed.Select(head => head.Key.ToString()).Order(StringComparer.Ordinal),
                    $"the threads of the space '{space.ToName()}'");
            }

            var prefixed = await test.Log.ListAllAsync(query with { Filter = new() { IdPrefix = space.ToName() } });
            Expect.Sequence([ThreadKey.Of(space, test.Tenant, space.ToName())], prefixed.Select(head => head.Key), "the threads of the space with the prefix");
        }

        Expect.Equal(0, (await test.Log.ListAllAsync(LogExpectations.Everything(ThreadSpace.Trunks, test.Tenant))).Count, "how many trunks there are");
    }

    public static async Task Continuation_OfOneSpace_IsRefusedInAnother(LogUnderTest test)
    {
        foreach (var id in (string[])["a", "b"])
        {
            await test.NewThread(id).AppendAsync(test.Log);
            await test.NewThread(ThreadSpace.Users, id).AppendAsync(test.Log);
        }

        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var query = new HeadQuery { Space = ThreadSpace.Users, Tenant = test.Tenant, AsOf = default, Filter = new() { Order = order, PageSize = 1 } };
            var page = await test.Log.ListAsync(query);
            var next = query with { Filter = query.Filter with { Continuation = page.Continuation } };
            Expect.Equal(1, (await test.Log.ListAsync(next)).Heads.Count, "how many threads the next page has");
            await Expect.ThrowsAsync<ArgumentException>(async () => await test.Log.ListAsync(next with { Space = ThreadSpace.Threads }), "a continuation of another space");
        }
    }

    [When(has: LogCapabilities.Durable)]
    public static async Task Threads_OfAllSpaces_AreThereAfterARestart(LogUnderTest test)
    {
        var threads = await WriteInAllAsync(test, "x");
        var kept = await test.WriteThreadAsync(3);
        await test.Log.ExpectKeptAsTrunkAsync(kept);

        await test.RestartAsync();

        foreach (var thread in threads.Append(kept))
        {
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    private static async Task<List<ThreadWriter>> WriteInAllAsync(LogUnderTest test, string id)
    {
        List<ThreadWriter> threads = [];
        foreach (var space in Spaces)
        {
            threads.Add(test.NewThread(space, id));
            await threads[^1].AppendManyAsync(test.Log, 3, keyframes: [(int)space % 4]);
        }

        return threads;
    }
}
