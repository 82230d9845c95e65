using Holdfast.Cli.Chat;
using Holdfast.Logs;

namespace Holdfast.Cli.Tests.Chat;

public sealed class ScriptedAssistantTests : IAsyncDisposable
{
    private readonly AgentStateStore _store = new(new InMemoryCommitLog());

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    // Every turn is on a session of its own: what the assistant knows, it knows from the store.
    private async Task<string> SayAsync(string said)
        => (await new ChatTurns(_store, "t", ChatAgent.Offline, new(), TimeProvider.System, TestContext.Current.CancellationToken).SayAsync(said).SingleAsync()).Text;

    [Fact]
    public async Task Respond_ANameIsSaid_IsKnownLater()
    {
        (await SayAsync("what's my name?")).ShouldContain("do not know");
        (await SayAsync("Hello, my name is John")).ShouldContain("John");
        (await SayAsync("What's my name?")).ShouldBe("Your name is John.");
        (await SayAsync("my name is Zoë!")).ShouldContain("Zoë");
        (await SayAsync("who am i")).ShouldBe("Your name is Zoë.");

        var state = await _store.LoadAsync("t");
        state!.Variables["user_name"].GetString().ShouldBe("Zoë");
        state.Variables["interaction_count"].GetInt64().ShouldBe(5);
        state.Messages.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Respond_RememberThat_IsRecalledInOrder()
    {
        (await SayAsync("what do you remember?")).ShouldStartWith("Nothing yet");
        (await SayAsync("Remember that I like tea")).ShouldBe("I will remember: I like tea");
        (await SayAsync("please remember: the door code is 42?!")).ShouldBe("I will remember: the door code is 42?!");
        (await SayAsync("remember that i LIKE tea")).ShouldStartWith("I have that already");
        await SayAsync("my name is Ann");
        (await SayAsync("What do you remember about me?")).ShouldBe("I remember:\nYour name is Ann.\n1. I like tea\n2. the door code is 42?!");
    }

    [Fact]
    public async Task Respond_RememberThatMyNameIs_IsANoteAndAName()
    {
        (await SayAsync("remember that my name is Ann")).ShouldBe("I will remember, Ann: my name is Ann");
        (await SayAsync("what's my name?")).ShouldBe("Your name is Ann.");
    }

    [Fact]
    public async Task Respond_Todos_AreNumberedAsPrinted()
    {
        (await SayAsync("todos")).ShouldStartWith("There are no todos");
        (await SayAsync("done 1")).ShouldStartWith("There are no todos");
        (await SayAsync("todo: buy milk")).ShouldBe("Added: 1. buy milk");
        (await SayAsync("TODO: call mum")).ShouldBe("Added: 2. call mum");
        (await SayAsync("todo: write")).ShouldBe("Added: 3. write");
        (await SayAsync("done 2")).ShouldBe("Done: 2. call mum (2 to go)");
        (await SayAsync("done #2.")).ShouldStartWith("That was done already");
        (await SayAsync("done 4")).ShouldBe("There is no todo 4; the list has 1 to 3.");
        (await SayAsync("done 99999999999999")).ShouldStartWith("There is no todo");
        (await SayAsync("done 3")).ShouldBe("Done: 3. write (1 to go)");
        (await SayAsync("what are my todos?")).ShouldBe("Todos:\n1. [ ] buy milk\n2. [x] call mum\n3. [x] write");
    }

    [Fact]
    public async Task Respond_AnythingElse_IsRepeatedAndCounted()
    {
        (await SayAsync("hello")).ShouldBe("Hello! This is interaction 1 of this thread.");
        (await SayAsync("the sky is blue")).ShouldBe("You said: the sky is blue (interaction 2)");
        await SayAsync("my name is Ann");
        (await SayAsync("the sky is blue")).ShouldBe("Ann, you said: the sky is blue (interaction 4)");
        (await SayAsync("how many interactions did we have?")).ShouldBe("This is our interaction 5.");
        (await SayAsync("help")).ShouldContain("scripted");
        (await SayAsync("remember me?")).ShouldStartWith("Ann, you said:");
    }

    [Fact]
    public async Task Respond_AVeryLongMessage_IsStoredWholeAndRepeatedInPart()
    {
        var said = new string('x', 1_000_000);
        (await SayAsync(said)).Length.ShouldBeLessThan(300);
        (await _store.LoadAsync("t"))!.Messages[0].Text.ShouldBe(said);
    }

    [Fact]
    public async Task Reply_ManyAtOnce_CountsAndNumbersEach()
    {
        var replies = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => Task.Run(() => SayAsync($"todo: task {i}"))));

        replies.Select(reply => reply.Split(' ')[1]).Distinct().Count().ShouldBe(20);
        var state = await _store.LoadAsync("t");
        state!.Variables["interaction_count"].GetInt64().ShouldBe(20);
        state.Todos.Count.ShouldBe(20);
        state.Todos.Select(todo => todo.Order).Distinct().Count().ShouldBe(20);
        state.Messages.Count.ShouldBe(40);
    }
}
