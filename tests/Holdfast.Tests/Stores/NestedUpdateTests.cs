using Holdfast.Logs;

namespace Holdfast.Tests.Stores;

public sealed class NestedUpdateTests
{
    [Fact]
    public async Task Update_OfTheThreadThatIsBeingUpdated_IsRefusedInsteadOfWaitingForItself()
    {
        await using var store = new AgentStateStore(new InMemoryCommitLog());

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await store.UpdateAsync(
            "a", async (session, token) => await store.UpdateAsync("a", inner => inner.Variables.Set("x", 1), null, token)));

        error.Message.ShouldContain("'a'");
        await store.UpdateAsync("a", session => session.Variables.Set("x", 2));
        (await store.Thread("a").GetInfoAsync())!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task Update_OfAnotherThreadWithin_Works()
    {
        await using var store = new AgentStateStore(new InMemoryCommitLog());

        await store.UpdateAsync("a", async (session, token) =>
        {
            session.Variables.Set("x", 1);
            await store.UpdateAsync("b", inner => inner.Variables.Set("x", 1), null, token);
        });

        (await store.Thread("a").GetInfoAsync()).ShouldNotBeNull();
        (await store.Thread("b").GetInfoAsync()).ShouldNotBeNull();
    }
}
