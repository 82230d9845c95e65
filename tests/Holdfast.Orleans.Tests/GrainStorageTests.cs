using Holdfast.Logs;
using Holdfast.Orleans.Tests.Grains;
using Holdfast.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;

namespace Holdfast.Orleans.Tests;

/// <summary>The storage by itself, as the runtime of Orleans calls it.</summary>
public sealed class GrainStorageTests
{
    private static readonly GrainId Ann = GrainId.Create("account", "ann");

    private readonly FaultInjectingLog _log = new(new InMemoryCommitLog());
    private readonly AgentStateStore _store;

    public GrainStorageTests() => _store = new(_log);

    [Fact]
    public async Task Write_ThatChangesOneProperty_StoresThatProperty()
    {
        var storage = Storage();
        var account = await ReadAsync(storage);
        account.State.Owner = new string('a', 10_000);
        account.State.Limits["day"] = 100;
        await storage.WriteStateAsync("account", Ann, account);

        account.State.Balance = 7;
        await storage.WriteStateAsync("account", Ann, account);

        var commit = await NewestAsync();
        commit.Set.ShouldBe(["orleans/Balance"]);
        commit.Removed.ShouldBeEmpty();
        commit.Bytes.ShouldBeLessThan(200);
    }

    [Fact]
    public async Task Write_OfAListThatGrew_StoresWhatIsNew()
    {
        var storage = Storage();
        var account = await ReadAsync(storage);
        account.State.Notes.AddRange(Enumerable.Range(0, 1_000).Select(i => $"note {i}"));
        await storage.WriteStateAsync("account", Ann, account);

        account.State.Notes.AddRange(["one more", "and another"]);
        await storage.WriteStateAsync("account", Ann, account);

        (await NewestAsync()).Bytes.ShouldBeLessThan(200);
        (await ReadAsync(storage)).State.Notes.ShouldBe(account.State.Notes);
    }

    [Theory]
    [InlineData("first", "changed", "added")]
    [InlineData("first")]
    [InlineData]
    public async Task Write_OfAListThatChanged_StoresIt(params string[] notes)
    {
        var storage = Storage();
        var account = await ReadAsync(storage);
        account.State.Notes = ["first", "second"];
        await storage.WriteStateAsync("account", Ann, account);

        account.State.Notes = [.. notes];
        await storage.WriteStateAsync("account", Ann, account);

        (await ReadAsync(storage)).State.Notes.ShouldBe(notes);
    }

    [Fact]
    public async Task Write_ReadsNothing_AndOneThatChangesNothingWritesNothing()
    {
        var storage = Storage();
        var account = await ReadAsync(storage);
        account.State.Balance = 1;
        await storage.WriteStateAsync("account", Ann, account);
        var (reads, appends, tag) = (_log.CountOf(LogCall.ReadTail), _log.CountOf(LogCall.Append), account.ETag);

        await storage.WriteStateAsync("account", Ann, account);

        (_log.CountOf(LogCall.ReadTail), _log.CountOf(LogCall.Append), account.ETag).ShouldBe((reads, appends, tag));
        account.State.Balance = 2;
        await storage.WriteStateAsync("account", Ann, account);
        (_log.CountOf(LogCall.ReadTail), _log.CountOf(LogCall.Append)).ShouldBe((reads, appends + 1));
    }

    [Fact]
    public async Task Read_OfAStateThatIsNotThere_GivesANewOne()
    {
        var account = await ReadAsync(Storage());

        (account.RecordExists, account.ETag, account.State.Owner).ShouldBe((false, null, "nobody"));
        (await _store.ListAsync().CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Write_OfAStateThatOthersWrote_IsRefused()
    {
        var (mine, theirs) = (Storage(), Storage());
        var (first, second) = (await ReadAsync(mine), await ReadAsync(theirs));
        first.State.Balance = 1;
        await mine.WriteStateAsync("account", Ann, first);

        second.State.Balance = 2;
        var tag = second.ETag;
        await Should.ThrowAsync<InconsistentStateException>(() => theirs.WriteStateAsync("account", Ann, second));
        await Should.ThrowAsync<InconsistentStateException>(() => theirs.WriteStateAsync("account", Ann, second));
        await Should.ThrowAsync<InconsistentStateException>(() => theirs.ClearStateAsync("account", Ann, second));

        second.ETag.ShouldBe(tag);
        (await ReadAsync(theirs)).State.Balance.ShouldBe(1);
    }

    [Fact]
    public async Task Write_AfterTheStateWasErasedAndBegunAnew_IsRefused()
    {
        var storage = Storage();
        var before = await ReadAsync(storage);
        before.State.Balance = 1;
        await storage.WriteStateAsync("account", Ann, before);
        await _store.Thread("orleans/bank/account/account/ann").EraseAsync();
        var after = await ReadAsync(storage);
        after.State.Balance = 2;
        await storage.WriteStateAsync("account", Ann, after);

        before.State.Balance = 3;

        after.ETag!.ShouldStartWith("1-");
        await Should.ThrowAsync<InconsistentStateException>(() => storage.WriteStateAsync("account", Ann, before));
    }

    [Fact]
    public async Task Write_WhoseAnswerIsLost_IsStoredOnceWhenItIsRepeated()
    {
        var storage = Storage();
        var account = await ReadAsync(storage);
        account.State.Notes.Add("first");
        await storage.WriteStateAsync("account", Ann, account);

        account.State.Notes.Add("second");
        _log.Next(LogCall.Append).FailsAfter();
        await Should.ThrowAsync<StoreUnavailableException>(() => storage.WriteStateAsync("account", Ann, account));
        account.State.Notes.Add("third");
        await storage.WriteStateAsync("account", Ann, account);

        var read = await ReadAsync(Storage());
        read.State.Notes.ShouldBe(["first", "second", "third"]);
        read.ETag.ShouldBe(account.ETag);
        (await LogAsync()).Select(commit => commit.Version).ShouldBe([3, 2, 1]);
    }

    [Fact]
    public async Task Write_OfAStateWithAnETagButNoRead_IsTakenAtItsWord()
    {
        var account = await ReadAsync(Storage());
        account.State.Balance = 1;
        await Storage().WriteStateAsync("account", Ann, account);

        // As after a grain has moved to another silo.
        var moved = new AccountRecord { State = account.State, ETag = account.ETag, RecordExists = account.RecordExists };
        moved.State.Balance = 2;
        await Storage().WriteStateAsync("account", Ann, moved);

        (await ReadAsync(Storage())).State.Balance.ShouldBe(2);
    }

    [Fact]
    public async Task Clear_KeepsEarlierVersions()
    {
        var storage = Storage();
        var account = await ReadAsync(storage);
        account.State.Balance = 7;
        await storage.WriteStateAsync("account", Ann, account);

        await storage.ClearStateAsync("account", Ann, account);

        (account.RecordExists, account.State.Balance).ShouldBe((false, 0));
        (await ReadAsync(storage)).ETag.ShouldBe(account.ETag);
        (await _store.LoadAsync("orleans/bank/account/account/ann", 1))!.OtherSections["orleans"]["Balance"].GetInt32().ShouldBe(7);
        account.State.Balance = 8;
        await storage.WriteStateAsync("account", Ann, account);
        (await ReadAsync(storage)).State.Balance.ShouldBe(8);
    }

    [Fact]
    public async Task Clear_WithDeleteStateOnClear_LeavesNothing()
    {
        var storage = Storage(options => options.DeleteStateOnClear = true);
        var account = await ReadAsync(storage);
        account.State.Balance = 7;
        await storage.WriteStateAsync("account", Ann, account);

        await storage.ClearStateAsync("account", Ann, account);

        (account.RecordExists, account.ETag, account.State.Balance).ShouldBe((false, null, 0));
        (await _store.ListAsync().CountAsync()).ShouldBe(0);
        await storage.WriteStateAsync("account", Ann, account);
        (await ReadAsync(storage)).RecordExists.ShouldBeTrue();
    }

    [Fact]
    public async Task Clear_ThatIsCutOffBeforeTheErasure_LeavesAnEmptyState_AndIsDoneByTheNextOne()
    {
        var storage = Storage(options => options.DeleteStateOnClear = true);
        var account = await ReadAsync(storage);
        account.State.Balance = 7;
        await storage.WriteStateAsync("account", Ann, account);

        _log.Next(LogCall.Erase).FailsBefore();
        await Should.ThrowAsync<StoreUnavailableException>(() => storage.ClearStateAsync("account", Ann, account));

        (await ReadAsync(Storage())).RecordExists.ShouldBeFalse();
        await storage.ClearStateAsync("account", Ann, account);
        (await _store.ListAsync().CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Grains_WithKeysOfAnyKind_HaveThreadsOfTheirOwn()
    {
        string[] keys = ["a/b", "a%2Fb", "A", "a", "../a", "%", "tab\t", new('x', 2_000), new string('x', 1_999) + "y", "a\u0000b", "é", "e\u0301"];
        var storage = Storage();
        foreach (var (i, key) in keys.Index())
        {
            var account = new AccountRecord { State = new() { Balance = i } };
            await storage.WriteStateAsync("account", GrainId.Create("account", key), account);
        }

        (await _store.ListAsync().CountAsync()).ShouldBe(keys.Length);
        foreach (var (i, key) in keys.Index())
        {
            var account = new AccountRecord();
            await storage.ReadStateAsync("account", GrainId.Create("account", key), account);
            account.State.Balance.ShouldBe(i);
        }
    }

    [Fact]
    public async Task States_OfOneGrain_AndServices_AreApart()
    {
        await WriteAsync(Storage(), "account", 1);
        await WriteAsync(Storage(), "archive", 2);
        await WriteAsync(Storage(service: "other"), "account", 3);

        (await _store.ListAsync().CountAsync()).ShouldBe(3);
        (await ReadAsync(Storage())).State.Balance.ShouldBe(1);

        static Task WriteAsync(IGrainStorage storage, string name, int balance) => storage.WriteStateAsync(name, Ann, new AccountRecord { State = new() { Balance = balance } });
    }

    [Theory]
    [InlineData(typeof(SystemTextJsonGrainStorageSerializer))]
    [InlineData(typeof(JsonGrainStorageSerializer))]
    [InlineData(typeof(OrleansGrainStorageSerializer))]
    public async Task Serializers_OfOrleans_ReadWhatTheyWrote(Type serializer)
    {
        var storage = Storage(serializer: serializer);
        var account = await ReadAsync(storage);
        account.State.Notes.Add("first");
        account.State.Limits = new() { ["day"] = 1, [""] = 2 };
        await storage.WriteStateAsync("account", Ann, account);
        account.State.Owner = "ann";
        account.State.Notes.Add("second");
        await storage.WriteStateAsync("account", Ann, account);

        var read = (await ReadAsync(storage)).State;

        read.ShouldBeEquivalentTo(account.State);
    }

    [Fact]
    public async Task States_ThatAreNoObjects_OrHaveNamesThatAreNoKeys_AreStoredWhole()
    {
        await RoundTripAsync(new List<int> { 1, 2 });
        await RoundTripAsync(new Dictionary<string, int> { [""] = 1, ["a"] = 2 });
        await RoundTripAsync(new Dictionary<string, int> { [new('x', 600)] = 1 });
        await RoundTripAsync(new Dictionary<string, int> { ["a"] = 2 });
        await RoundTripAsync(new Dictionary<string, int>());

        async Task RoundTripAsync<T>(T state)
            where T : class
        {
            var storage = Storage();
            var written = new GrainState<T>();
            await storage.ReadStateAsync("any", Ann, written);
            written.State = state;
            await storage.WriteStateAsync("any", Ann, written);
            var read = new GrainState<T>();
            await storage.ReadStateAsync("any", Ann, read);
            read.State.ShouldBeEquivalentTo(state);
            (read.RecordExists, read.ETag).ShouldBe((true, written.ETag));
            (await _store.LoadAsync("orleans/bank/any/account/ann"))!.OtherSections.Count.ShouldBe(1);
            await storage.ClearStateAsync("any", Ann, read);
        }
    }

    [Fact]
    public async Task Writes_AtOnceOfOneState_AreNotMixedUp()
    {
        var storage = Storage();
        var account = await ReadAsync(storage);
        account.State.Balance = 1;
        var gate = _log.Next(LogCall.Append).WaitsBefore();
        var first = storage.WriteStateAsync("account", Ann, account);
        await gate.Reached;

        account.State.Balance = 2;
        await storage.WriteStateAsync("account", Ann, account);
        gate.Open();

        await Should.ThrowAsync<InconsistentStateException>(() => first);
        (await ReadAsync(storage)).State.Balance.ShouldBe(2);
    }

    [Fact]
    public async Task Storage_OfANamedStore_UsesThatOne()
    {
        await using var other = new AgentStateStore(new InMemoryCommitLog());

        await Storage(options => options.StoreName = "grains", others: services => services.AddKeyedSingleton("grains", other))
            .WriteStateAsync("account", Ann, new AccountRecord());

        (await other.ListAsync().CountAsync(), await _store.ListAsync().CountAsync()).ShouldBe((1, 0));
    }

    private IGrainStorage Storage(Action<HoldfastGrainStorageOptions>? configure = null, string service = "bank", Type? serializer = null, Action<IServiceCollection>? others = null)
    {
        var services = new ServiceCollection().AddLogging().AddSerializer().AddSingleton<OrleansJsonSerializer>().AddSingleton(_store);
        services.Configure<ClusterOptions>(options => options.ServiceId = service);
        services.AddHoldfastGrainStorage("accounts", configure);
        if (serializer is not null)
        {
            services.AddOptions<HoldfastGrainStorageOptions>("accounts")
                .Configure<IServiceProvider>((options, provider) => options.GrainStorageSerializer = (IGrainStorageSerializer)ActivatorUtilities.CreateInstance(provider, serializer));
        }

        others?.Invoke(services);
        return services.BuildServiceProvider().GetRequiredKeyedService<IGrainStorage>("accounts");
    }

    private static async Task<AccountRecord> ReadAsync(IGrainStorage storage)
    {
        var account = new AccountRecord();
        await storage.ReadStateAsync("account", Ann, account);
        return account;
    }

    private ValueTask<List<CommitInfo>> LogAsync() => _store.Thread("orleans/bank/account/account/ann").LogAsync().ToListAsync();

    private async Task<CommitInfo> NewestAsync() => (await LogAsync())[0];
}
