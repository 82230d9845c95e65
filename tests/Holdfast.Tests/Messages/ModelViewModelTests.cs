using FsCheck;
using FsCheck.Fluent;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Messages;

/// <summary>What a model is sent is in order, whatever crashes, interleaved turns and people did to the conversation.</summary>
public sealed class ModelViewModelTests
{
    [Fact]
    public void OfAnyConversation_EachCallIsDirectlyFollowedByItsResult()
    {
        var id = Gen.Choose(1, 4).Select(number => $"c{number}");
        var content = Gen.OneOf(
            Gen.Elements("hi", "", "ok").Select(AIContent (text) => new TextContent(text)),
            id.Select(AIContent (call) => Call(call)),
            id.Select(AIContent (call) => new FunctionCallContent(call, "weather") { InformationalOnly = true }),
            id.Select(AIContent (call) => new FunctionResultContent(call, "sunny")),
            id.Select(AIContent (call) => new ToolApprovalRequestContent("r" + call, Call(call))),
            Gen.Elements(true, false).SelectMany(_ => id, AIContent (approved, call) => new ToolApprovalResponseContent("r" + call, approved, Call(call))));
        var conversation = from contents in content.ListOf().Resize(3).ListOf()
                           from window in Gen.Choose(1, 12)
                           select (contents, window);

        Prop.ForAll(conversation.ToArbitrary(), item => CheckAsync(item.contents, item.window)).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(20));
    }

    private static FunctionCallContent Call(string id) => new(id, "weather");

    private static async Task CheckAsync(IEnumerable<IEnumerable<AIContent>> conversation, int window)
    {
        await using var store = new AgentStateStore(new InMemoryCommitLog());
        await store.UpdateAsync("a", session => session.History.AddRange(conversation.Select(MessageOf)));
        var session = await store.OpenAsync("a");

        var view = await session.History.ForModelAsync(new() { Last = window });

        var open = new List<string>();
        foreach (var message in view)
        {
            message.Contents.ShouldNotBeEmpty();
            message.Contents.ShouldNotContain(content => content is InputRequestContent || content is InputResponseContent);
            if (open.Count > 0)
            {
                message.Contents.ShouldAllBe(content => content is FunctionResultContent);
            }

            foreach (var result in message.Contents.OfType<FunctionResultContent>())
            {
                open.Remove(result.CallId).ShouldBeTrue("a result belongs to a call of the message before");
            }

            open.AddRange(message.Contents.OfType<FunctionCallContent>().Select(call => call.CallId));
            open.ShouldBeUnique();
        }

        open.ShouldBeEmpty();
    }

    // One message has no id twice.
    private static ChatMessage MessageOf(IEnumerable<AIContent> contents)
    {
        List<AIContent> distinct = [.. contents.DistinctBy(content => (object?)(MessagePairs.AskedId(content) ?? MessagePairs.AnsweredId(content)) ?? content)];
        return new(RoleOf(distinct.FirstOrDefault()), distinct);
    }

    private static ChatRole RoleOf(AIContent? first) => first switch
    {
        FunctionResultContent => ChatRole.Tool,
        FunctionCallContent or ToolApprovalRequestContent => ChatRole.Assistant,
        _ => ChatRole.User,
    };
}
