using System.Globalization;
using Holdfast.Chat.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>A model that says what the seed wants: text, or calls of tools. It looks at what it is sent.</summary>
internal sealed class ScriptedModel(Fiber fiber) : IChatClient
{
    private const int MostReplies = 3;

    private readonly AgentWorld _world = fiber.Process.World;

    private static Turn Turn => Turn.Current ?? throw new SimulationException("A model is asked outside of a turn.");

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var sent = messages.ToList();
        CheckSent(sent);
        if (await fiber.Process.StopAt("asks the model") == Verdict.Fail)
        {
            throw new HttpRequestException("The model did not answer, as the simulation wanted it.");
        }

        var replies = Turn.Reply.Count(message => message.Role == ChatRole.Assistant);
        var calls = replies >= MostReplies || _world.Chance(0.4) ? 0 : _world.Random.Next(1, 4);
        List<AIContent> contents = calls == 0 ? [new TextContent($"done {_world.Random.Next(1_000_000)}")] : [.. Enumerable.Range(0, calls).Select(_ => Call())];
        return new(new ChatMessage(ChatRole.Assistant, contents)) { Usage = new() { InputTokenCount = 1, OutputTokenCount = 1, TotalTokenCount = 2 } };
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    private void CheckSent(List<ChatMessage> sent)
    {
        _world.Require(Rules.Valid, ProviderRules.Violation(sent) is null, $"a model is sent something that is not valid: {ProviderRules.Violation(sent)}");
        if (_world.Facts.Find(Turn.Session.State.Key) is not { } life || life.Id != Turn.Session.State.Base!.Life)
        {
            return;
        }

        foreach (var text in sent.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.Result?.ToString() ?? "").Where(text => text.StartsWith("did ", StringComparison.Ordinal)))
        {
            _world.Require(Rules.Valid, life.Outputs.Contains(text), $"a model is sent '{text}', which is not stored");
        }
    }

    private FunctionCallContent Call()
    {
        var tool = _world.OneOf<string>([Tools.Free, Tools.Free, Tools.Once, Tools.Once, Tools.Asked, Tools.AskedSoon, "nonexistent"]);
        _world.Count($"call of {tool}");
        var id = string.Create(CultureInfo.InvariantCulture, $"call_{++_world.Calls}");
        return new(id, tool, new Dictionary<string, object?> { ["n"] = _world.Calls });
    }
}
