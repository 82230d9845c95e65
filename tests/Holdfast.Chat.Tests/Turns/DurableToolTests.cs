using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Turns;

/// <summary>What tools made with <see cref="DurableFunction"/> can do in a pipeline.</summary>
public sealed class DurableToolTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATool_CanAskPeople_AndIsCalledAgainWithTheAnswer(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var calls = 0;
        process.Options.Tools =
        [
            DurableFunction.Create(
                async (string city, ToolContext tool, CancellationToken cancellationToken) =>
                {
                    calls++;
                    var answer = await tool.AskAsync(new() { Name = "unit", Prompt = "Celsius or Fahrenheit?" }, cancellationToken);
                    return $"18 {answer.Value} in {city}";
                },
                new() { Name = "weather" }),
        ];

        var asked = await process.SayAsync([new(ChatRole.User, "weather?")], streaming);
        asked.SelectMany(message => message.Contents).OfType<FunctionResultContent>().ShouldBeEmpty();
        asked.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Single().InformationalOnly.ShouldBeFalse();
        (await process.Store.LoadAsync("demo"))!.Status.ShouldBe(ThreadStatus.WaitingForInput);
        var waiting = await process.Store.Interrupts.ListAsync().SingleAsync();
        await process.Store.Interrupts.AnswerAsync(waiting.Id, InterruptAnswer.Respond(JsonSerializer.SerializeToElement("Celsius")));

        (await process.SayAsync([], streaming))[^1].Text.ShouldBe("done");

        calls.ShouldBe(2);
        scene.Model.Received[^1][^1].Contents.OfType<FunctionResultContent>().Single().Result!.ToString().ShouldBe("18 Celsius in Paris");
        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATurnThatWaits_TellsForWhat(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        process.Options.Tools = [DurableFunction.Create((string city) => city, new() { Name = "delete", RequiresApproval = true, Audience = "finance" })];
        var response = streaming
            ? await process.Client.GetStreamingResponseAsync("delete it!", process.Options).ToChatResponseAsync()
            : await process.Client.GetResponseAsync("delete it!", process.Options);

        var waiting = ((IReadOnlyList<Interrupt>)response.AdditionalProperties![DurableFunctionInvokingChatClient.InterruptsProperty]!).Single();
        (waiting.Tool, waiting.Audience, waiting.Kind).ShouldBe(("delete", "finance", InterruptKinds.Approval));
        (await process.SayAsync([new(ChatRole.User, "is it done?")], streaming)).SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Count().ShouldBe(1);
        await process.Store.Interrupts.AnswerAsync(waiting.Id, InterruptAnswer.Accept("ann"));
        (await process.SayAsync([], streaming))[^1].Text.ShouldBe("done");
        scene.Model.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatIsSaidWhileOthersAreAsked_WaitsOnce_HoweverOftenItIsDelivered()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        process.Options.Tools = [DurableFunction.Create((string city) => city, new() { Name = "delete", RequiresApproval = true, Audience = "finance" })];
        await process.SayAsync([new(ChatRole.User, "delete it!")], streaming: false);
        (process.Options.AdditionalProperties ??= [])[PersistentChatClient.KeyProperty] = "delivery 2";

        for (var delivery = 1; delivery <= 3; delivery++)
        {
            await process.SayAsync([new(ChatRole.User, "is it done?")], streaming: false);
        }

        (await scene.TurnsAsync()).Count(turn => turn.State == TurnState.Queued).ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATurnOfAUser_DoesNotTellWhatOthersAreAsked(bool streaming)
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        process.Options.Tools = [DurableFunction.Create((string city) => city, new() { Name = "delete", RequiresApproval = true, Audience = "finance" })];
        (process.Options.AdditionalProperties ??= [])[PersistentChatClient.UserProperty] = "ann";
        var response = streaming
            ? await process.Client.GetStreamingResponseAsync("delete it!", process.Options).ToChatResponseAsync()
            : await process.Client.GetResponseAsync("delete it!", process.Options);

        ((IReadOnlyList<Interrupt>)response.AdditionalProperties![DurableFunctionInvokingChatClient.InterruptsProperty]!).ShouldBeEmpty();
        (await process.Store.Interrupts.ListAsync().CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task AToolThatFails_IsToldWithoutItsError_UnlessErrorsAreWanted()
    {
        await using var scene = new TurnScene();
        var process = scene.Start(_ => throw new InvalidOperationException("the password is wrong"));

        (await process.SayAsync([new(ChatRole.User, "weather?")], streaming: false))[^1].Text.ShouldBe("done");

        scene.Model.Received[^1][^1].Contents.OfType<FunctionResultContent>().Single().Result!.ToString().ShouldBe("Error: the function failed.");
        scene.Runs.Count().ShouldBe(1);
        await scene.StoredAsync();
    }

    [Fact]
    public async Task AToolThatIsNotThere_IsTold()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        process.Options.Tools = [AIFunctionFactory.Create((string city) => city, "other")];

        (await process.SayAsync([new(ChatRole.User, "weather?")], streaming: false))[^1].Text.ShouldBe("done");

        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
    }

    [Fact]
    public async Task AToolOfTheCaller_IsAnsweredByTheCaller()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        process.Options.Tools = [AIFunctionFactory.Create((string city) => city, "weather").AsDeclarationOnly()];

        var call = (await process.SayAsync([new(ChatRole.User, "weather?")], streaming: false)).SelectMany(message => message.Contents).OfType<FunctionCallContent>().Single();
        (await process.SayAsync([new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "sunny")])], streaming: false))[^1].Text.ShouldBe("done");

        (await scene.StoredAsync()).ShouldBe("user:weather? | assistant:call 1 | tool:result 1 | assistant:done");
        scene.Model.Received[^1][^1].Contents.OfType<FunctionResultContent>().Single().Result!.ToString().ShouldBe("sunny");
    }

    [Fact]
    public async Task AdditionalTools_AreAskedForToo()
    {
        await using var scene = new TurnScene();
        var process = scene.Start();
        var client = process.Client.GetService<DurableFunctionInvokingChatClient>()!;
        client.AdditionalTools = process.Options.Tools;
        process.Options.Tools = null;

        var request = TurnScene.RequestsIn(await process.SayAsync([new(ChatRole.User, "delete it!")], streaming: false)).Single();
        scene.Runs.ShouldBeEmpty();
        (await process.SayAsync([TurnScene.Answer(request.CreateResponse(true))], streaming: false))[^1].Text.ShouldBe("done");

        scene.Runs.Count().ShouldBe(1);
    }

    [Fact]
    public async Task APlainClient_AsksForToolsThatRequireApproval()
    {
        await using var scene = new TurnScene();
        await using var store = new AgentStateStore(scene.Log);
        var runs = 0;
        var client = scene.Model.AsBuilder().UseFunctionInvocation().UseHoldfast(store).Build();
        var options = new ChatOptions
        {
            ConversationId = "demo",
            Tools = [DurableFunction.Create((string city) => ++runs, new() { Name = "delete", RequiresApproval = true })],
        };

        var request = TurnScene.RequestsIn((await client.GetResponseAsync("delete it!", options)).Messages).Single();
        runs.ShouldBe(0);
        (await client.GetResponseAsync([TurnScene.Answer(request.CreateResponse(true))], options)).Text.ShouldBe("done");

        runs.ShouldBe(1);
        scene.Model.Violations.ShouldBeEmpty();
    }
}
