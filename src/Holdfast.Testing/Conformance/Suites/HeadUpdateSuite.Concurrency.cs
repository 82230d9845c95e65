using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

// Updates and appends at the same time.
internal static partial class HeadUpdateSuite
{
    public static async Task AppendersAndUpdaters_OfOneThread_LoseNothingOfEachOther(LogUnderTest test)
    {
        const int Updates = 8;
        var first = await test.WriteThreadAsync(1);
        var key = first.Key;
        var pins = Enumerable.Range(0, 4).Select(_ => Enumerable.Range(1, Updates).Select(i => test.NewPin(i, i)).ToList()).ToList();
        var appending = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var accepted = new List<LogEntry>();
            for (var i = 0; i < 5; i++)
            {
                accepted.Add(await ConcurrencySuite.AppendWithRetryAsync(test.Log, key));
            }

            return accepted;
        })).ToList();
        var updating = pins.Index().Select(updater => Task.Run(async () =>
        {
            for (var i = 0; i < Updates; i++)
            {
                var update = new HeadUpdate
                {
                    Key = key,
                    Properties = new Dictionary<string, string?> { [$"{updater.Index}.{i}"] = $"{i}", [$"{updater.Index}.{i - 2}"] = null },
                    AddPins = [updater.Item[i]],
                    RemovePins = i < 3 ? [] : [updater.Item[i - 3].Life],
                    Beats = i % 2 == 0,
                };
                Expect.NotNull(await test.Log.UpdateHeadAsync(update), "the head of a thread that stands");
            }
        })).ToList();

        await Task.WhenAll([.. appending, .. updating]);

        List<LogEntry> accepted = [.. first.Entries];
        foreach (var appended in appending)
        {
            accepted.AddRange(await appended);
        }

        await ConcurrencySuite.ExpectAllAsync(test.Log, key, accepted);
        var head = Expect.NotNull(await test.Log.GetHeadAsync(new HeadRequest { Key = key, WithPins = true }), "the head");
        Expect.Equal(4 * Updates, head.Revision, "the revision after all updates");
        Expect.Equal(4 * Updates / 2, head.Heartbeat, "the heartbeat after all updates");
        Expect.Sequence(
            Enumerable.Range(0, 4).SelectMany(updater => Enumerable.Range(Updates - 2, 2).Select(i => $"{updater}.{i}={i}")),
            head.Properties.Select(property => $"{property.Key}={property.Value}").Order(StringComparer.Ordinal),
            "the properties after all updates");
        var expected = pins.SelectMany(of => of.Skip(Updates - 3)).Select(pin => pin.Life.ToString()).Order(StringComparer.Ordinal);
        Expect.Sequence(expected, head.Pins!.Select(pin => pin.Life.ToString()).Order(StringComparer.Ordinal), "the pins after all updates");
        Expect.Equal((12, (long?)(Updates - 2)), (head.PinCount, head.LowestPin), "the number of pins and the lowest");
    }

    public static async Task Updates_OnConditionOfTheSameRevision_HaveOneWinner(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        for (var round = 0; round < 4; round++)
        {
            var revision = thread.Head!.Revision;
            var updates = Enumerable.Range(0, 8)
                .Select(i => new HeadUpdate { Key = thread.Key, IfRevision = revision, Properties = new Dictionary<string, string?> { [$"by {i}"] = $"{i}" } })
                .ToList();

            var heads = await Task.WhenAll(updates.Select(update => Task.Run(async () => await test.Log.UpdateHeadAsync(update))));

            Expect.Equal(1, heads.Count(head => head is not null), "the count of winners");
            thread.AcceptUpdate(updates[Array.FindIndex(heads, head => head is not null)]);
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    public static async Task UpdatesIfUnchangedAndAppends_AtOnce_NeverUpdateWhatTheyHadNotSeen(LogUnderTest test)
    {
        for (var round = 0; round < 10; round++)
        {
            var thread = await test.WriteThreadAsync(2);
            var (request, update) = (thread.Next(), new HeadUpdate { Key = thread.Key, IfUnchanged = thread.Head!.Stamp, AddPins = [test.NewPin()] });
            var append = Task.Run(async () => await test.Log.AppendAsync(request));
            var updated = await Task.Run(async () => await test.Log.UpdateHeadAsync(update));

            Expect.Equal(AppendResult.Appended(3), await append, "the answer to the append");
            if (updated is not null)
            {
                Expect.Equal(2, updated.Version, "the version that the update had seen");
                thread.AcceptUpdate(update);
            }

            thread.Accept(request);
            await test.Log.ExpectThreadAsync(thread);
        }
    }
}
