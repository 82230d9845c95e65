using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace HoldfastApp._1;

/// <summary>Stands for a model: it follows a few rules and needs no network. The tests use it, and so does the agent until a real model takes its place.</summary>
public sealed partial class ScriptedModel : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [Reply([.. messages], options?.Tools ?? [])])));

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    private static AIContent Reply(List<ChatMessage> conversation, IList<AITool> tools)
    {
        if (conversation[^1].Contents.OfType<FunctionResultContent>().LastOrDefault() is { } done)
        {
            return new TextContent($"{done.Result}");
        }

        var said = conversation.Where(message => message.Role == ChatRole.User).Select(message => message.Text.Trim()).ToList();
        var text = said[^1];
        if (Has("remember") && Note().Match(text) is { Success: true } note)
        {
            return Call("remember", new() { ["note"] = note.Groups[1].Value });
        }

        if (Has("recall") && text.StartsWith("what do you remember", StringComparison.OrdinalIgnoreCase))
        {
            return Call("recall", []);
        }

        if (Has("refund") && Refund().Match(text) is { Success: true } refund)
        {
            return Call("refund", new() { ["amount"] = decimal.Parse(refund.Groups[1].Value, CultureInfo.InvariantCulture) });
        }

        var name = said.Select(line => Name().Match(line)).LastOrDefault(match => match.Success)?.Groups[1].Value;
        return new TextContent(
            Name().IsMatch(text) ? $"Nice to meet you, {name}."
            : NameQuestion().IsMatch(text) ? name is null ? "You have not told me your name." : $"Your name is {name}."
            : $"You said: {text} (message {said.Count} of this conversation; I am a script)");

        bool Has(string tool) => tools.Any(known => known.Name == tool);
    }

    private static FunctionCallContent Call(string function, Dictionary<string, object?> arguments) => new($"call_{Guid.NewGuid():N}", function, arguments);

    [GeneratedRegex(@"\bmy name is ([^.,!?]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex(@"\bwhat('s| is) my name\b", RegexOptions.IgnoreCase)]
    private static partial Regex NameQuestion();

    [GeneratedRegex(@"^remember (?:that )?(.+)$", RegexOptions.IgnoreCase)]
    private static partial Regex Note();

    [GeneratedRegex(@"^refund (\d+(?:\.\d+)?)", RegexOptions.IgnoreCase)]
    private static partial Regex Refund();
}
