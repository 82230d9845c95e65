using System.Reflection;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

/// <summary>Every way in which a change can be written is waited for.</summary>
public sealed class AsyncUpdateTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Update_WithAnAsynchronousLambda_IsWaitedFor()
    {
        var commit = await _test.Store.UpdateAsync("a", async session =>
        {
            await Task.Yield();
            session.Variables.Set("x", 1);
        });

        commit.Version.ShouldBe(1);
        (await _test.Store.OpenAsync("a")).Variables.Get("x", 0).ShouldBe(1);
    }

    [Fact]
    public async Task Update_WithAnAsynchronousLambdaThatThrows_TellsTheCaller()
    {
        await Should.ThrowAsync<InvalidOperationException>(async () => await _test.Store.UpdateAsync("a", async session =>
        {
            await Task.Yield();
            session.Say("lost");
            throw new InvalidOperationException("no");
        }));
        await Should.ThrowAsync<InvalidOperationException>(async () => await _test.Store.UpdateAsync("a", session => throw new InvalidOperationException("no")));

        (await _test.Store.LoadAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task Update_WithWhatReturnsATaskOrAValueTask_IsWaitedFor()
    {
        await _test.Store.UpdateAsync("a", session => SetLaterAsync(session.Variables, "lambda"));
        await _test.Store.UpdateAsync("a", session => SetLaterValueAsync(session.Variables, "value lambda"));
        await _test.Store.UpdateAsync("a", SetLaterAsync);
        await _test.Store.UpdateAsync("a", SetLaterValueAsync);
        await _test.Store.UpdateAsync("a", async (session, token) => await SetLaterAsync(session.Variables, "token").WaitAsync(token));
        await _test.Store.UpdateAsync("a", session => session.Variables.Set("plain", true));
        await _test.Store.UpdateAsync("a", session => { session.Variables.Set("block", true); });

        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["lambda", "value lambda", "group", "value group", "token", "plain", "block"]);
    }

    [Fact]
    public async Task Update_WithAResult_ReturnsTheOneOfTheRunThatWasCommitted()
    {
        var runs = 0;
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await new AgentStateStore(_test.Memory).UpdateAsync("a", session => session.Variables.Set("n", 10)));

        var result = await _test.Store.UpdateAsync("a", async session =>
        {
            await Task.Yield();
            runs++;
            var next = session.Variables.Get("n", 0) + 1;
            session.Variables.Set("n", next);
            return next;
        });

        (runs, result).ShouldBe((2, 11));
        (await _test.Store.UpdateAsync("a", session => new ValueTask<string>(session.Id.Value))).ShouldBe("a");
        (await _test.Store.UpdateAsync("a", session => Task.FromResult(session.Version))).ShouldBe(2);
        (await _test.Store.UpdateAsync("a", async (session, token) => { await Task.Yield(); return session.Version; })).ShouldBe(2);
        (await _test.Store.UpdateAsync("a", session => session.History.LastAsync(5))).ShouldBeEmpty();
    }

    [Fact]
    public async Task UpdateUser_WithEachKindOfLambda_IsWaitedFor()
    {
        await _test.Store.UpdateUserAsync("ann", async user => { await Task.Yield(); user.Set("lambda", 1); });
        await _test.Store.UpdateUserAsync("ann", user => SetLaterAsync(user, "task"));
        await _test.Store.UpdateUserAsync("ann", user => SetLaterValueAsync(user, "value task"));
        await _test.Store.UpdateUserAsync("ann", user => user.Set("plain", 1));
        (await _test.Store.UpdateUserAsync("ann", async user => { await Task.Yield(); user.Set("result", 1); return user.Count; })).ShouldBe(5);
        (await _test.Store.UpdateUserAsync("ann", user => new ValueTask<int>(user.Count))).ShouldBe(5);

        (await _test.Store.OpenAsync("a", new() { UserId = "ann" })).User.Keys.ShouldBe(["lambda", "task", "value task", "plain", "result"]);
    }

    /// <summary>An asynchronous lambda fits an Action, and nobody waits for it; so wherever an Action is taken, an overload must take it as a task.</summary>
    [Fact]
    public void NoPublicCallback_TakesAnAsynchronousLambdaAsAnAction()
    {
        var assembly = typeof(AgentStateStore).Assembly;
        var methods = assembly.GetExportedTypes()
            .SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .OfType<MethodBase>().ToList();

        var actions = from method in methods
                      from parameter in method.GetParameters()
                      where IsAction(parameter.ParameterType) && parameter.Name != "configure"
                      select (method, parameter);
        actions.ShouldNotBeEmpty();
        actions.Where(action => !HasTaskTwin(action.method, action.parameter)).ShouldBeEmpty();

        bool HasTaskTwin(MethodBase method, ParameterInfo action) => methods.Any(other =>
            other.DeclaringType == method.DeclaringType && other.Name == method.Name
            && other.GetParameters().ElementAtOrDefault(action.Position)?.ParameterType is { IsGenericType: true } type
            && type.GetGenericArguments() is [.. var taken, var returned] && returned == typeof(Task)
            && taken.SequenceEqual(action.ParameterType.GetGenericArguments()));

        static bool IsAction(Type type)
            => type == typeof(Action) || (typeof(Delegate).IsAssignableFrom(type) && type.GetMethod("Invoke")?.ReturnType == typeof(void));
    }

    private static Task SetLaterAsync(ThreadSession session) => SetLaterAsync(session.Variables, "group");

    private static ValueTask SetLaterValueAsync(ThreadSession session) => SetLaterValueAsync(session.Variables, "value group");

    private static async Task SetLaterAsync(StateSection section, string key)
    {
        await Task.Yield();
        section.Set(key, 1);
    }

    private static async ValueTask SetLaterValueAsync(StateSection section, string key)
    {
        await Task.Yield();
        section.Set(key, 1);
    }
}
