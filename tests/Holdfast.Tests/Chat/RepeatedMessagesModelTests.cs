using FsCheck;
using FsCheck.Fluent;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Chat;

/// <summary>Callers who pass what is new, all, or the end of the conversation, with words that repeat and models that fail.</summary>
public sealed class RepeatedMessagesModelTests
{
    private enum Habit
    {
        OnlyWhatIsNew,
        Everything,
        TheLastExchange,
    }

    [Fact]
    public void WhateverACallerPasses_EachMessageIsStoredOnce() => Check(retention: null);

    [Fact]
    public void WhateverACallerPasses_EachMessageIsStoredOnce_WhereOnlyTheLastAreVisible() => Check(retention: 6);

    private static void Check(int? retention)
    {
        var turns = from habit in Gen.Elements(Enum.GetValues<Habit>())
                    from text in Gen.Elements("yes", "no", "go on")
                    from reply in Gen.Elements("ok", "done", "yes")
                    from fails in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
                    from repeats in Gen.Elements(true, false)
                    from window in Gen.Choose(1, 8)
                    select new Turn(habit, text, reply, fails, repeats, window);
        Prop.ForAll(turns.NonEmptyListOf().ToArbitrary(), list => RunAsync(list, retention)).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(25));
    }

    private static async Task RunAsync(IEnumerable<Turn> turns, int? retention)
    {
        await using var store = new AgentStateStore(new InMemoryCommitLog(), new() { Visibility = new() { MaxMessages = retention } });
        var conversation = new List<ChatMessage>();
        foreach (var turn in turns)
        {
            // By hand, the same words after a failure are the same message; with the whole conversation it shows whether they are meant once more.
            var isUnanswered = conversation is [.., { } last] && last.Role == ChatRole.User;
            var isRetry = isUnanswered && (turn.Habit == Habit.OnlyWhatIsNew ? conversation[^1].Text == turn.Text : turn.Repeats);
            if (!isRetry)
            {
                conversation.Add(new(ChatRole.User, turn.Text));
            }

            var model = turn.Fails
                ? new ScriptedModel(_ => throw new IOException("down"))
                : new ScriptedModel(_ => new(new ChatMessage(ChatRole.Assistant, turn.Reply)));
            var call = model.WithState(store, new() { HistoryWindow = turn.Window }).GetResponseAsync(Said(turn.Habit, conversation), new() { ConversationId = "a" });
            if (turn.Fails)
            {
                await Should.ThrowAsync<IOException>(() => call);
            }
            else
            {
                await call;
                conversation.Add(new(ChatRole.Assistant, turn.Reply));
            }

            var stored = (await store.LoadAsync("a"))!.Messages.Select(Line).ToList();
            stored.ShouldBe(conversation.TakeLast(retention ?? int.MaxValue).Select(Line));
        }
    }

    // The last exchange begins with a reply, or with what was said before it.
    private static IEnumerable<ChatMessage> Said(Habit habit, List<ChatMessage> conversation)
    {
        var reply = conversation.FindLastIndex(message => message.Role == ChatRole.Assistant);
        return (habit switch
        {
            Habit.OnlyWhatIsNew => conversation.TakeLast(1),
            Habit.Everything => conversation,
            _ => conversation.Skip(Math.Max(reply - 1, 0)),
        }).Select(message => message.Clone()).ToList();
    }

    private static string Line(ChatMessage message) => $"{message.Role}:{message.Text}";

    private sealed record Turn(Habit Habit, string Text, string Reply, bool Fails, bool Repeats, int Window);
}
