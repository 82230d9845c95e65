using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class TodoListTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Add_PutsTodosAtTheEnd()
    {
        var session = await _test.Store.OpenAsync("a");
        var first = session.Todos.Add("one");
        var second = session.Todos.Add("two", TodoStatus.InProgress);
        session.Todos.Put(new() { Id = "mine", Content = "before", Order = 0.5 });
        await session.CommitAsync();

        first.Id.Length.ShouldBe(8);
        first.Id.ShouldNotBe(second.Id);
        (first.Order, second.Order).ShouldBe((1, 2));
        var todos = (await _test.Store.OpenAsync("a")).Todos;
        todos.Select(todo => todo.Content).ShouldBe(["before", "one", "two"]);
        todos.Count.ShouldBe(3);
        todos.Find(second.Id).ShouldBe(second);
    }

    [Theory]
    [InlineData(TodoStatus.Pending, "pending")]
    [InlineData(TodoStatus.InProgress, "in_progress")]
    [InlineData(TodoStatus.Completed, "completed")]
    [InlineData(TodoStatus.Cancelled, "cancelled")]
    public async Task SetStatus_IsStoredByName(TodoStatus status, string name)
    {
        await _test.CommitAsync("a", session => session.Todos.Put(new() { Id = "t", Content = "x", Status = TodoStatus.InProgress, Order = 3 }));
        await _test.CommitAsync("a", session => session.Todos.SetStatus("t", status).ShouldBeTrue());

        var session = await _test.Store.OpenAsync("a");
        session.Todos.Find("t").ShouldBe(new TodoItem { Id = "t", Content = "x", Status = status, Order = 3 });
        (await _test.BodiesAsync("a"))[^1].ShouldContain($$$"""{"t":{"content":"x","status":"{{{name}}}","order":3}}""");
    }

    [Fact]
    public async Task SetStatus_ToWhatItIs_ChangesNothing()
    {
        await _test.CommitAsync("a", session => session.Todos.Put(new() { Id = "t", Content = "x" }));

        (await _test.CommitAsync("a", session => session.Todos.SetStatus("t", TodoStatus.Pending))).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Todos_ThatAreNotThere_AreNotFound()
    {
        var todos = (await _test.Store.OpenAsync("a")).Todos;

        todos.Find("t").ShouldBeNull();
        todos.SetStatus("t", TodoStatus.Completed).ShouldBeFalse();
        todos.Remove("t").ShouldBeFalse();
        todos.Count.ShouldBe(0);
        todos.ShouldBeEmpty();
    }

    [Fact]
    public async Task Remove_TakesATodoAway()
    {
        await _test.CommitAsync("a", session => session.Todos.Put(new() { Id = "t", Content = "x" }));

        (await _test.CommitAsync("a", session => session.Todos.Remove("t").ShouldBeTrue())).Removed.ShouldBe(["todos/t"]);

        (await _test.Store.OpenAsync("a")).Todos.ShouldBeEmpty();
    }

    [Fact]
    public async Task Put_WithoutContent_IsRefused()
    {
        var todos = (await _test.Store.OpenAsync("a")).Todos;

        Should.Throw<ArgumentException>(() => todos.Add(""));
        Should.Throw<ArgumentNullException>(() => todos.Put(null!));
        Should.Throw<InvalidStateValueException>(() => todos.Put(new() { Content = "x", Order = double.NaN })).Message.ShouldContain("todos/");
    }

    [Fact]
    public async Task Put_WhatElseWasStoredWithATodo_IsKept()
    {
        await _test.CommitAsync("a", session => session.Todos.Put(new()
        {
            Id = "t",
            Content = "x",
            Extra = new Dictionary<string, JsonElement> { ["due"] = JsonElement.Parse("\"tomorrow\"") },
        }));

        await _test.CommitAsync("a", session => session.Todos.SetStatus("t", TodoStatus.Completed));

        var todo = (await _test.Store.OpenAsync("a")).Todos.Find("t")!;
        (todo.Status, todo.Extra!["due"].GetString()).ShouldBe((TodoStatus.Completed, "tomorrow"));
        var state = (await _test.Store.LoadAsync("a"))!;
        AgentState.FromJson(state.ToJson()).Todos.Single().Extra!["due"].GetString().ShouldBe("tomorrow");
    }

    [Fact]
    public async Task Todos_OfTwoSessions_DoNotConflict()
    {
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        mine.Todos.Add("mine");
        await _test.CommitAsync("a", other => other.Todos.Add("theirs"));
        await mine.CommitAsync();

        (await _test.Store.OpenAsync("a")).Todos.Select(todo => todo.Content).ShouldBe(["mine", "theirs"], ignoreOrder: true);
    }

    [Fact]
    public async Task Enumerating_WhileTodosAreChanged_Works()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Todos.Add("one");
        session.Todos.Add("two");

        foreach (var todo in session.Todos)
        {
            session.Todos.SetStatus(todo.Id, TodoStatus.Completed);
        }

        session.Todos.ShouldAllBe(todo => todo.Status == TodoStatus.Completed);
    }
}
