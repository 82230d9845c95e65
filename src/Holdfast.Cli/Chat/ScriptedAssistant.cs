using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Chat;

/// <summary>The offline assistant. It is a script, not a model: it knows a few phrases, and everything it says of the past it reads from the thread.</summary>
internal static partial class ScriptedAssistant
{
    public const string UserName = "user_name";
    public const string InteractionCount = "interaction_count";
    public const string Notes = "notes";

    private const int LongestEcho = 200;

    public const string Help =
        "I am scripted: no model is involved. I understand: \"my name is …\", \"what's my name?\", \"remember that …\", \"what do you remember?\", " +
        "\"todo: …\", \"todos\", \"done N\", \"refund AMOUNT\", which someone has to approve, \"how many interactions?\" and \"help\". Anything else I repeat.";

    /// <summary>Answers what came since its last answer, and changes variables and todos along with it; or calls a tool.</summary>
    /// <param name="session">The thread.</param>
    /// <param name="messages">The end of the conversation.</param>
    public static ChatMessage Respond(ThreadSession session, IReadOnlyList<ChatMessage> messages)
    {
        var news = messages.Skip(messages.ToList().FindLastIndex(message => message.Role == ChatRole.Assistant) + 1).ToList();
        var results = news.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => $"The refund: {ResultText(result)}");
        var said = news.LastOrDefault(message => message.Role == ChatRole.User)?.Text.Trim();
        if (said is not null && RefundPhrase().Match(said) is { Success: true } refund && decimal.TryParse(refund.Groups["amount"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
        {
            return new(ChatRole.Assistant, [new FunctionCallContent($"call-{Guid.NewGuid():N}", RefundTool.Name, new Dictionary<string, object?> { ["amount"] = amount })]);
        }

        session.Variables.Set(InteractionCount, session.Variables.Get(InteractionCount, 0L) + 1);
        return new(ChatRole.Assistant, string.Join('\n', said is null ? results : results.Append(Answer(session, said))));
    }

    private static string ResultText(FunctionResultContent result)
        => result.Result is JsonElement { ValueKind: JsonValueKind.String } text ? text.GetString()! : $"{result.Result}";

    private static string Answer(ThreadSession session, string said)
    {
        if (NameText.IsQuestion(said))
        {
            return session.Variables.Get(UserName, null) is { } known ? $"Your name is {known}." : "I do not know your name yet. Tell me: \"my name is …\".";
        }

        var name = NameText.Find(said);
        if (name is not null)
        {
            session.Variables.Set(UserName, name);
        }

        if (RememberPhrase().Match(said) is { Success: true } remember)
        {
            return Remember(session, remember.Groups["what"].Value);
        }

        if (name is not null)
        {
            return $"Nice to meet you, {name}.";
        }

        if (TodoPhrase().Match(said) is { Success: true } todo)
        {
            return AddTodo(session, todo.Groups["what"].Value);
        }

        return DonePhrase().Match(said) is { Success: true } done ? Complete(session, done.Groups["number"].Value) : AnswerQuestion(session, said);
    }

    private static string AnswerQuestion(ThreadSession session, string said)
    {
        if (RecallPhrase().IsMatch(said))
        {
            return Recall(session);
        }

        if (TodosPhrase().IsMatch(said))
        {
            return ListTodos(session);
        }

        var count = session.Variables.Get(InteractionCount, 0L);
        if (CountPhrase().IsMatch(said))
        {
            return count == 1 ? "This is our first interaction." : Text($"This is our interaction {count}.");
        }

        if (GreetingPhrase().IsMatch(said))
        {
            return Text($"Hello{Named(session)}! This is interaction {count} of this thread.");
        }

        return HelpPhrase().IsMatch(said) ? Help : Text($"{Addressed(session)}ou said: {Plain.Shorten(said, LongestEcho)} (interaction {count})");
    }

    private static string Remember(ThreadSession session, string what)
    {
        var notes = session.Variables.Get(Notes, [], ScriptedJson.Default.ListString);
        if (notes.Contains(what, StringComparer.OrdinalIgnoreCase))
        {
            return $"I have that already{Named(session)}: {what}";
        }

        notes.Add(what);
        session.Variables.Set(Notes, notes, ScriptedJson.Default.ListString);
        return $"I will remember{Named(session)}: {what}";
    }

    private static string Recall(ThreadSession session)
    {
        var notes = session.Variables.Get(Notes, [], ScriptedJson.Default.ListString);
        var facts = notes.Select((note, i) => Text($"{i + 1}. {note}")).ToList();
        if (session.Variables.Get(UserName, null) is { } name)
        {
            facts.Insert(0, $"Your name is {name}.");
        }

        return facts.Count == 0 ? "Nothing yet. Tell me: \"remember that …\"." : $"I remember:\n{string.Join('\n', facts)}";
    }

    private static string AddTodo(ThreadSession session, string what)
    {
        session.Todos.Add(what);
        return Text($"Added{Named(session)}: {session.Todos.Count}. {what}");
    }

    private static string Complete(ThreadSession session, string number)
    {
        var todos = session.Todos.ToList();
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var position) || position < 1 || position > todos.Count)
        {
            return todos.Count == 0 ? "There are no todos. Add one: \"todo: …\"." : Text($"There is no todo {number}; the list has 1 to {todos.Count}.");
        }

        var todo = todos[position - 1];
        if (todo.Status == TodoStatus.Completed)
        {
            return Text($"That was done already: {position}. {todo.Content}");
        }

        session.Todos.SetStatus(todo.Id, TodoStatus.Completed);
        var open = session.Todos.Count(other => other.Status is TodoStatus.Pending or TodoStatus.InProgress);
        return Text($"Done{Named(session)}: {position}. {todo.Content} ({open} to go)");
    }

    // Those that are done stay in the list, so that the numbers of the others do not change.
    private static string ListTodos(ThreadSession session)
    {
        var lines = session.Todos.Select((todo, i) => Text($"{i + 1}. {TodoText.Box(todo.Status)} {todo.Content}")).ToList();
        return lines.Count == 0 ? "There are no todos. Add one: \"todo: …\"." : $"Todos:\n{string.Join('\n', lines)}";
    }

    private static string Named(ThreadSession session) => session.Variables.Get(UserName, null) is { } name ? $", {name}" : "";

    private static string Addressed(ThreadSession session) => session.Variables.Get(UserName, null) is { } name ? $"{name}, y" : "Y";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:please[\s,]+)?remember(?:\s+that\b|\s*:)?\s+(?<what>[^\s?].*?)\s*$(?<!\?)", Flags, TimeoutMilliseconds)]
    private static partial Regex RememberPhrase();

    [GeneratedRegex(@"^(?:add\s+)?(?:a\s+)?to-?do\s*[:\-]\s*(?<what>\S.*?)\s*$", Flags, TimeoutMilliseconds)]
    private static partial Regex TodoPhrase();

    [GeneratedRegex(@"^(?:please[\s,]+)?refund(?:\s+me)?\s+(?<amount>\d{1,12}(?:\.\d{1,2})?)\W*$", Flags, TimeoutMilliseconds)]
    private static partial Regex RefundPhrase();

    [GeneratedRegex(@"^done[\s:]+(?:with\s+)?(?:todo\s+)?#?(?<number>\d+)\W*$", Flags, TimeoutMilliseconds)]
    private static partial Regex DonePhrase();

    [GeneratedRegex(@"^(?:so[\s,]+)?what\s+(?:do|can|did)\s+you\s+(?:remember|know)(?:\s+about\s+me)?\W*$", Flags, TimeoutMilliseconds)]
    private static partial Regex RecallPhrase();

    [GeneratedRegex(@"^(?:(?:show|list|what\s+are)\s+)?(?:(?:me\s+)?(?:my|the|all)\s+)*to-?dos\W*$", Flags, TimeoutMilliseconds)]
    private static partial Regex TodosPhrase();

    [GeneratedRegex(@"^how\s+(?:many\s+(?:interactions|messages|times)|often)\b", Flags, TimeoutMilliseconds)]
    private static partial Regex CountPhrase();

    [GeneratedRegex(@"^(?:hello|hi|hey|good\s+(?:morning|evening|day|afternoon))(?:\s+(?:there|again))?\W*$", Flags, TimeoutMilliseconds)]
    private static partial Regex GreetingPhrase();

    [GeneratedRegex(@"^(?:help|what\s+can\s+you\s+do)\W*$", Flags, TimeoutMilliseconds)]
    private static partial Regex HelpPhrase();

    private const RegexOptions Flags = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline;
    private const int TimeoutMilliseconds = 2000;
}
