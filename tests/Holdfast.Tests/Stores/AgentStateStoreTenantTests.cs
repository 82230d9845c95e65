using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreTenantTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task ForTenant_TheSameIdInTwoTenants_IsTwoThreads()
    {
        var (acme, umbrella) = (_test.Store.ForTenant("acme"), _test.Store.ForTenant("umbrella"));
        await acme.UpdateAsync("a", session => session.Say("acme"), new() { UserId = "ann" });
        await umbrella.UpdateAsync("a", session => session.Say("umbrella"), new() { UserId = "bob" });

        (acme.Tenant, _test.Store.Tenant).ShouldBe(("acme", ""));
        (await acme.LoadAsync("a"))!.Messages.Texts().ShouldBe(["acme"]);
        (await umbrella.LoadAsync("a"))!.Messages.Texts().ShouldBe(["umbrella"]);
        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await acme.ListAsync().ToListAsync()).Single().UserId.ShouldBe("ann");
        (await _test.Store.ListAsync().ToListAsync()).ShouldBeEmpty();
        await acme.Thread("a").EraseAsync();
        (await umbrella.Thread("a").GetInfoAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task ForTenant_NamesThatJoinToTheSame_AreDifferent()
    {
        await _test.Store.ForTenant("a:b").UpdateAsync("c", session => session.Say("1"));
        await _test.Store.ForTenant("a").UpdateAsync("b:c", session => session.Say("2"));

        (await _test.Store.ForTenant("a:b").LoadAsync("c"))!.Messages.Texts().ShouldBe(["1"]);
        (await _test.Store.ForTenant("a").LoadAsync("b:c"))!.Messages.Texts().ShouldBe(["2"]);
        (await _test.Store.ForTenant("a").Thread("c").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task ForTenant_UsersOfTwoTenants_HaveNothingInCommon()
    {
        await _test.Store.ForTenant("acme").UpdateUserAsync("ann", user => user.Set("city", "Oslo"));

        (await _test.Store.ForTenant("umbrella").OpenAsync("a", new() { UserId = "ann" })).User.Count.ShouldBe(0);
        (await _test.Store.OpenAsync("a", new() { UserId = "ann" })).User.Count.ShouldBe(0);
    }

    [Theory, InlineData("a\nb"), InlineData("a\0b")]
    public void ForTenant_NamesThatAreNotForUse_AreRefused(string tenant)
        => Should.Throw<InvalidIdentifierException>(() => _test.Store.ForTenant(tenant)).Code.ShouldBe(ErrorCodes.InvalidIdentifier);

    [Fact]
    public void ForTenant_WithoutAName_IsRefusedAndNamesTheWayToTheDefaultTenant()
        => Should.Throw<InvalidIdentifierException>(() => _test.Store.ForTenant("")).Message.ShouldContain("ForDefaultTenant");

    [Fact]
    public void ForTenant_NamesThatAreTooLong_AreRefused()
    {
        Should.Throw<InvalidIdentifierException>(() => _test.Store.ForTenant(new string('é', 65)));
        _test.Store.ForTenant(new string('é', 64)).Tenant.Length.ShouldBe(64);
    }

    [Fact]
    public async Task Dispose_OfAView_LeavesTheLogOpen()
    {
        var log = new ObservedLog(new InMemoryCommitLog());
        var store = new AgentStateStore(log);

        await store.ForTenant("acme").DisposeAsync();
        log.Disposals.ShouldBe(0);
        await store.DisposeAsync();

        log.Disposals.ShouldBe(1);
    }
}
