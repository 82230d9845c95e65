using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A log that cannot reach its store says so: it never answers that nothing is there, or that something was done.</summary>
internal static class OutageSuite
{
    [When(CanCutOff = true)]
    public static async Task Reads_DuringAnOutage_FailInsteadOfAnsweringThatNothingIsThere(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 2);

        await test.WhileCutOffAsync(async () =>
        {
            await ExpectUnavailableAsync(async () => await test.Log.GetHeadAsync(thread.Key), "reading a head");
            await ExpectUnavailableAsync(async () => await test.Log.ReadTailAsync(thread.Key), "reading a tail");
            await ExpectUnavailableAsync(async () => await test.Log.ReadAllAsync(thread.Key), "reading entries");
            await ExpectUnavailableAsync(async () => await test.Log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default }), "a listing");
        });

        await test.Log.ExpectThreadAsync(thread);
    }

    [When(CanCutOff = true)]
    public static async Task Append_DuringAnOutage_FailsAndIsSettledByRepeatingIt(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(2);
        var request = thread.Next();
        StoreUnavailableException? error = null;

        await test.WhileCutOffAsync(async () => error = await ExpectUnavailableAsync(async () => await test.Log.AppendAsync(request), "an append"));

        var repeated = await test.Log.AppendAsync(request);
        Expect.That(
            repeated == AppendResult.Appended(3) || (error!.OutcomeUnknown && repeated == AppendResult.Duplicate(3)),
            $"an append that failed with OutcomeUnknown = {error!.OutcomeUnknown} is settled by repeating it (the answer is {repeated})");
        thread.Accept(request);
        await test.Log.ExpectThreadAsync(thread);
    }

    [When(CanCutOff = true)]
    public static async Task Maintenance_DuringAnOutage_Fails(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(3, 3);
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() };

        await test.WhileCutOffAsync(async () =>
        {
            await ExpectUnavailableAsync(async () => await test.Log.SetExpiryAsync(thread.Key, new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero)), "a change of expiry");
            await ExpectUnavailableAsync(async () => await test.Log.RewriteAsync(thread.Key, replacements), "a rewrite");
            await ExpectUnavailableAsync(async () => await test.Log.EraseAsync(thread.Key), "an erase");
        });

        // Nothing was sent, so nothing of it has happened.
        await test.Log.ExpectThreadAsync(thread);
    }

    [When(CanCutOff = true)]
    public static async Task Log_AfterOutages_GoesOnByItself(LogUnderTest test)
    {
        var thread = test.NewThread();
        for (var round = 0; round < 3; round++)
        {
            await thread.AppendAsync(test.Log);
            await test.WhileCutOffAsync(async () => await ExpectUnavailableAsync(async () => await test.Log.GetHeadAsync(thread.Key), "reading a head"));
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    private static Task<StoreUnavailableException> ExpectUnavailableAsync(Func<Task> action, string what)
        => Expect.ThrowsAsync<StoreUnavailableException>(action, $"{what} while the store cannot be reached");
}
