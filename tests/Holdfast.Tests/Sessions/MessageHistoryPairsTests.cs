using FsCheck;
using FsCheck.Fluent;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Sessions;

/// <summary>Random conversations with tool calls, cut in every way: what a model is sent never has a result without its call.</summary>
public sealed class MessageHistoryPairsTests
{
    private enum Kind
    {
        Say,
        Call,
        CallTwo,
        Answer,
        KeepLast,
        Commit,
        Reopen,
    }

    [Theory, InlineData(null), InlineData(1), InlineData(4), InlineData(9)]
    public void History_HoweverItIsCut_HasNoResultWithoutItsCall(int? maxMessages)
    {
        var kinds = Gen.Frequency(
            (4, Gen.Constant(Kind.Say)),
            (3, Gen.Constant(Kind.Call)),
            (1, Gen.Constant(Kind.CallTwo)),
            (5, Gen.Constant(Kind.Answer)),
            (2, Gen.Constant(Kind.KeepLast)),
            (4, Gen.Constant(Kind.Commit)),
            (1, Gen.Constant(Kind.Reopen)));
        var steps = from kind in kinds from number in Gen.Choose(1, 6) select new Step(kind, number);

        Prop.ForAll(steps.ListOf().ToArbitrary(), list => RunAsync(list, maxMessages)).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(60));
    }

    private static async Task RunAsync(IReadOnlyList<Step> steps, int? maxMessages)
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = maxMessages });
        var session = await test.Store.OpenAsync("a");
        var all = new List<string>();
        var open = new List<string>();
        foreach (var (kind, number) in steps)
        {
            switch (kind)
            {
                case Kind.Say:
                    Add(new(ChatRole.User, "text " + all.Count));
                    break;
                case Kind.Call or Kind.CallTwo:
                    string[] ids = kind == Kind.Call ? [$"c{all.Count}"] : [$"c{all.Count}", $"d{all.Count}"];
                    Add(Conversations.Call(ids));
                    open.AddRange(ids);
                    break;
                case Kind.Answer when open.Count > 0:
                    var id = open[number % open.Count];
                    open.Remove(id);
                    Add(Conversations.Result(id));
                    break;
                case Kind.KeepLast:
                    session.History.KeepLast(number);
                    await CheckAsync(session, all);

                    // Results may come only for calls that are still visible.
                    await CommitAsync();
                    break;
                case Kind.Commit:
                    await CommitAsync();
                    break;
                case Kind.Reopen:
                    await CommitAsync();
                    session = await test.Store.OpenAsync("a");
                    break;
            }

            await CheckAsync(session, all);
        }

        await CommitAsync();
        (await test.Store.Thread("a").VerifyAsync())?.Problems.ShouldBeEmpty();

        void Add(ChatMessage message)
        {
            session.History.Add(message);
            all.AddRange(new[] { message }.Names());
        }

        async Task CommitAsync()
        {
            var before = (await ReadAsync(session)).Count;
            await session.CommitAsync();
            var visible = await ReadAsync(session);
            session.History.Count.ShouldBe(visible.Count);
            if (maxMessages is { } most && before > most && visible.Count > most)
            {
                // Only the last exchange is longer than allowed: any shorter end begins within it.
                Enumerable.Range(1, most).ShouldAllBe(count => Orphans(visible.TakeLast(count)).Any());
            }

            open.RemoveAll(id => !visible.Any(name => Calls(name).Contains(id)));
        }
    }

    private static async Task CheckAsync(ThreadSession session, List<string> all)
    {
        var visible = await ReadAsync(session);
        visible.ShouldBe(all.TakeLast(visible.Count));
        Orphans(visible).ShouldBeEmpty();
        foreach (var count in new[] { 1, 2, 3, 5, 8, 13 })
        {
            var last = (await session.History.LastAsync(count)).Names().ToList();
            last.ShouldBe(visible.TakeLast(last.Count));
            last.Count.ShouldBeGreaterThanOrEqualTo(Math.Min(count, visible.Count));
            Orphans(last).ShouldBeEmpty();

            // No more than needed.
            (last.Count <= count || Orphans(last.Skip(1)).Any()).ShouldBeTrue();
        }
    }

    private static async Task<List<string>> ReadAsync(ThreadSession session)
    {
        var messages = new List<ChatMessage>();
        await foreach (var message in session.History)
        {
            messages.Add(message);
        }

        return [.. messages.Names()];
    }

    private static IEnumerable<string> Orphans(IEnumerable<string> names)
    {
        var calls = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            calls.UnionWith(Calls(name));
            if (name.StartsWith("result ", StringComparison.Ordinal) && !calls.Contains(name["result ".Length..]))
            {
                yield return name;
            }
        }
    }

    private static IEnumerable<string> Calls(string name)
        => name.StartsWith("call ", StringComparison.Ordinal) ? name.Split(' ').Where(word => word != "call") : [];

    private sealed record Step(Kind Kind, int Number);
}
