using Holdfast.AgentFramework.Tests.Support;
using Holdfast.AgentFramework.Worker;
using Microsoft.Agents.AI;

namespace Holdfast.AgentFramework.Tests.Sessions;

/// <summary>The todos of the framework's provider and those of the thread are the same.</summary>
public sealed class TodoTests
{
    private static readonly AgentSessionStoreKey Key = new("chat-7");

    [Fact]
    public async Task ATodoOfTheThread_IsTheAgents_AndTheOtherWayRound()
    {
        await using var scene = new Scene();
        await using var provider = new Provider(scene);
        await provider.Host.Store.UpdateAsync("assistant/chat-7", thread => thread.Todos.Add("buy milk"));

        var session = await provider.OpenAsync();
        (await provider.Todos.GetAllTodosAsync(session)).Select(todo => (todo.Id, todo.Title, todo.IsComplete)).ShouldBe([(1, "buy milk", false)]);
        (await provider.Todos.GetAllTodosAsync(session))[0].IsComplete = true;
        await provider.AddAsync(session, "bake a cake", "with milk");
        await provider.SaveAsync(session);

        var todos = (await provider.Host.Store.LoadAsync("assistant/chat-7"))!.Todos;
        todos.Select(todo => (todo.Content, todo.Status)).ShouldBe([("buy milk", TodoStatus.Completed), ("bake a cake", TodoStatus.Pending)]);
        todos[1].Extra!["description"].GetString().ShouldBe("with milk");
        await provider.Host.Store.UpdateAsync("assistant/chat-7", thread => thread.Todos.SetStatus(todos[1].Id, TodoStatus.InProgress));
        session = await provider.OpenAsync();
        await provider.AddAsync(session, "eat it", null);
        await provider.SaveAsync(session);
        (await provider.Todos.GetAllTodosAsync(await provider.OpenAsync())).Select(todo => (todo.Id, todo.Title, todo.Description, todo.IsComplete))
            .ShouldBe([(1, "buy milk", null, true), (2, "bake a cake", "with milk", false), (3, "eat it", null, false)]);
        (await provider.Host.Store.LoadAsync("assistant/chat-7"))!.Todos[1].Status.ShouldBe(TodoStatus.InProgress);
    }

    [Fact]
    public async Task ATodoThatOthersAddMeanwhile_Stays_AndOneThatTheyRemove_IsGone()
    {
        await using var scene = new Scene();
        await using var provider = new Provider(scene);
        var session = await provider.OpenAsync();
        await provider.AddAsync(session, "one", null);
        await provider.SaveAsync(session);
        session = await provider.OpenAsync();
        await provider.Host.Store.UpdateAsync("assistant/chat-7", thread =>
        {
            thread.Todos.Remove(thread.Todos.First().Id);
            thread.Todos.Add("theirs");
        });
        await provider.AddAsync(session, "two", null);

        await provider.SaveAsync(session);

        (await provider.Todos.GetAllTodosAsync(await provider.OpenAsync())).Select(todo => todo.Title).ShouldBe(["theirs", "two"], ignoreOrder: true);
    }

    private sealed class Provider : IAsyncDisposable
    {
        private readonly HoldfastAgentSessionStore _sessions;

        public Provider(Scene scene)
        {
            Host = scene.Start(HistoryMode.EndOfRun, options => options.AIContextProviders = [Todos]);
            _sessions = new(Host.Store);
        }

        public TodoProvider Todos { get; } = new();

        public AgentHost Host { get; }

        public async Task<AgentSession> OpenAsync() => await _sessions.GetOrCreateSessionAsync(Host.Agent, Key);

        public async Task SaveAsync(AgentSession session) => await _sessions.SaveSessionAsync(Host.Agent, Key, session);

        /// <summary>As the model does, by the provider's tool.</summary>
        public async Task AddAsync(AgentSession session, string title, string? description)
        {
            var context = await Todos.InvokingAsync(new(Host.Agent, session, new AIContext()), TestContext.Current.CancellationToken);
            var add = context.Tools!.OfType<Microsoft.Extensions.AI.AIFunction>().Single(tool => tool.Name == "todos_add");
            await add.InvokeAsync(new() { ["todos"] = new[] { new Dictionary<string, string?> { ["title"] = title, ["description"] = description } } });
        }

        public ValueTask DisposeAsync()
        {
            Todos.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
