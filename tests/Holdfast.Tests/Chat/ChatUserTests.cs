using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Chat;

public sealed class ChatUserTests : IAsyncDisposable
{
    private static readonly AsyncLocal<string?> SignedIn = new();

    private readonly AgentStateStore _store = new(new InMemoryCommitLog());
    private readonly ScriptedModel _model = new("ok");

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task OneClient_ServesManyUsersAtOnce()
    {
        var client = _model.WithState(_store, new() { UserIdOf = _ => SignedIn.Value });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            SignedIn.Value = i % 2 == 0 ? "ann" : "bob";
            await client.GetResponseAsync($"I am {SignedIn.Value}", InThread($"{SignedIn.Value}/chat"));
        })));

        foreach (var user in new[] { "ann", "bob" })
        {
            var state = (await _store.LoadAsync($"{user}/chat"))!;
            state.UserId.ShouldBe(user);
            state.Messages.Where(message => message.Role == ChatRole.User).ShouldAllBe(message => message.Text == $"I am {user}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AForeignThread_IsRefusedBeforeTheModelIsCalled(bool streaming)
    {
        var client = _model.WithState(_store);
        await client.GetResponseAsync("hello", As("ann", "private"));
        var calls = _model.Received.Count;

        await Should.ThrowAsync<ThreadAccessDeniedException>(async () =>
        {
            if (streaming)
            {
                await client.GetStreamingResponseAsync("what did she say?", As("bob", "private")).ToListAsync();
            }
            else
            {
                await client.GetResponseAsync("what did she say?", As("bob", "private"));
            }
        });

        _model.Received.Count.ShouldBe(calls);
        (await _store.LoadAsync("private"))!.Messages.Count.ShouldBe(2);
    }

    [Fact]
    public async Task UserIdOf_Null_IsRefused()
    {
        var client = _model.WithState(_store, new() { UserIdOf = _ => null });

        var error = await Should.ThrowAsync<ThreadAccessDeniedException>(() => client.GetResponseAsync("hello", InThread("a")));

        error.Message.ShouldContain("AllowAnonymous");
        _model.Received.ShouldBeEmpty();
        (await _store.LoadAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task AllowAnonymous_ReachesOnlyThreadsOfNobody()
    {
        var client = _model.WithState(_store, new() { UserIdOf = _ => null, AllowAnonymous = true });
        await _store.UpdateAsync("hers", session => session.Variables.Set("a", 1), new() { UserId = "ann" });

        await client.GetResponseAsync("hello", InThread("free"));
        await Should.ThrowAsync<ThreadAccessDeniedException>(() => client.GetResponseAsync("hello", InThread("hers")));

        (await _store.LoadAsync("free"))!.UserId.ShouldBeNull();
    }

    [Fact]
    public async Task UserIdOf_DecidesAlone()
    {
        var client = _model.WithState(_store, new() { UserIdOf = _ => "ann" });

        await client.GetResponseAsync("hello", As("bob", "a"));

        (await _store.LoadAsync("a"))!.UserId.ShouldBe("ann");
    }

    [Fact]
    public async Task ACallThatNamesAnotherUserThanTheClient_IsRefused()
    {
        var client = _model.WithState(_store, new() { UserId = "ann" });

        await client.GetResponseAsync("hello", As("ann", "a"));
        await Should.ThrowAsync<ThreadAccessDeniedException>(() => client.GetResponseAsync("hello", As("bob", "b")));
    }

    [Fact]
    public async Task AUserThatIsNotAString_IsRefused()
    {
        var options = InThread("a");
        options.AdditionalProperties = new() { [PersistentChatClient.UserProperty] = 7 };

        await Should.ThrowAsync<ThreadAccessDeniedException>(() => _model.WithState(_store).GetResponseAsync("hello", options));
    }

    [Fact]
    public async Task TheModel_IsNotToldOfTheUser()
    {
        var options = As("ann", "a");
        options.AdditionalProperties!["seed"] = 1;

        await _model.WithState(_store).GetResponseAsync("hello", options);

        _model.Options[0]!.AdditionalProperties!.Keys.ShouldBe(["seed"]);
        options.AdditionalProperties!.Count.ShouldBe(2);
    }

    [Fact]
    public async Task TenantOf_ChoosesTheTenant()
    {
        var client = _model.WithState(_store, new() { TenantOf = options => options?.ModelId });

        await client.GetResponseAsync("hello", new() { ConversationId = "a", ModelId = "acme" });

        (await _store.ForTenant("acme").LoadAsync("a")).ShouldNotBeNull();
        (await _store.LoadAsync("a")).ShouldBeNull();
        await Should.ThrowAsync<ThreadAccessDeniedException>(() => client.GetResponseAsync("hello", InThread("a")));
    }

    [Fact]
    public async Task ACall_NamesItsTenant_ButNotOneOutsideThatOfTheStore()
    {
        var options = InThread("a");
        options.AdditionalProperties = new() { [PersistentChatClient.TenantProperty] = "acme" };

        await _model.WithState(_store).GetResponseAsync("hello", options);
        await _model.WithState(_store.ForTenant("acme")).GetResponseAsync("again", options);
        await Should.ThrowAsync<ThreadAccessDeniedException>(() => _model.WithState(_store.ForTenant("other")).GetResponseAsync("hello", options));

        (await _store.ForTenant("acme").LoadAsync("a"))!.Messages.Count.ShouldBe(4);
    }

    private static ChatOptions InThread(string thread) => new() { ConversationId = thread };

    private static ChatOptions As(string user, string thread)
        => new() { ConversationId = thread, AdditionalProperties = new() { [PersistentChatClient.UserProperty] = user } };
}
