using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.TimeMachine;

/// <summary>What a redaction looks at, and what it leaves as it is.</summary>
public sealed class RedactedContentTests
{
    private const string Secret = "4711-SECRET";
    private static readonly RedactionRequest Everywhere = new() { Pattern = "4711-[A-Z]+" };
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("t");

    [Theory, InlineData(false), InlineData(true)]
    public async Task Redact_TheInputOfAStep_TakesItOut_AndTheTurnGoesOn(bool ended)
    {
        var step = new StepOptions { Input = $"the card {Secret} of Ann" };
        await using (var turn = await Thread.BeginTurnAsync("pay", new() { Key = "order-1" }))
        {
            await turn.RunOnceAsync("charge", (_, _) => Task.FromResult("charged"), step);
            if (ended)
            {
                await turn.CompleteAsync();
            }
        }

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync();
        if (!ended)
        {
            await using (var other = await Thread.BeginTurnAsync("pay", new() { Key = "order-1" }))
            {
                (await Should.ThrowAsync<StepChangedException>(async () => await RunAgainAsync(other, step with { Input = $"the card {Secret} of Bob" }))).Message.ShouldContain("input");
            }

            await using var again = await Thread.BeginTurnAsync("pay", new() { Key = "order-1" });
            (await RunAgainAsync(again, step)).ShouldBe("charged");
            await again.CompleteAsync();
        }
    }

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "ab", false)]
    [InlineData("[redacted]", "", true)]
    [InlineData("a[redacted]a", "a", false)]
    [InlineData("a[redacted]b[redacted]c", "a1b2c", true)]
    [InlineData("a[redacted]b[redacted]b", "a1b", false)]
    [InlineData("a[redacted]", "ba", false)]
    [InlineData("[redacted]a", "ab", false)]
    public void CanHaveBeen_IsWhatStandsAroundTheMarks(string redacted, string text, bool expected) => RedactionMark.CanHaveBeen(redacted, text).ShouldBe(expected);

    /// <summary>"$type" is what the serializer of .NET writes for each polymorphic value, not only for contents of messages.</summary>
    [Fact]
    public async Task Redact_AValueWithAType_LooksAtAllOfIt_AndTakesNothingElse()
    {
        await SetAsync($$"""{"$type":"employee","role":"{{Secret}}","mediaType":"{{Secret}}","callId":"{{Secret}}","site":{"$type":"site","uri":"https://x/{{Secret}}","rating":5},"n":1}""");

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync();
        (await Thread.LoadAsync())!.Variables["v"].GetRawText()
            .ShouldBe("""{"$type":"employee","role":"[redacted]","mediaType":"[redacted]","callId":"[redacted]","site":{"$type":"site","uri":"https://x/[redacted]","rating":5},"n":1}""");
    }

    /// <summary>A model that is cut off within an emoji writes half of it also as a name: valid JSON, and no text.</summary>
    [Fact]
    public async Task Redact_BesideANameThatIsNoText_TakesTheContentOut_AndLeavesTheName()
    {
        await SetAsync($$"""{"x\ud83c":"{{Secret}}","\ud83cy":{"\u00e4\"\\":["{{Secret}}"]},"$type":1}""");

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync();
        (await _test.BodiesAsync("t"))[^1].ShouldContain("""{"x\ud83c":"[redacted]","\ud83cy":{"\u00e4\"\\":["[redacted]"]},"$type":1}""");
    }

    [Fact]
    public async Task Redact_APatternThatTheDataOfAFileMatches_LeavesTheFile()
    {
        var image = new DataContent(new byte[60], "image/png");
        await _test.CommitAsync("t", session =>
        {
            session.History.Add(new ChatMessage(ChatRole.User, [new TextContent("AAAA is my pin"), image, new UriContent("https://x/AAAA", "image/png")]));
            session.Variables.Set("v", image.Uri);
            session.Variables.Set("text", image.Uri + " and AAAA");
            session.Section("orleans/whole").Set("base64", "AAAA");
        });

        await Thread.RedactAsync(new() { Pattern = "AAAA" });

        var contents = (await Thread.LoadAsync())!.Messages.Single().Contents;
        contents[0].ShouldBeOfType<TextContent>().Text.ShouldBe("[redacted] is my pin");
        contents[1].ShouldBeOfType<DataContent>().Data.Length.ShouldBe(60);
        contents[2].ShouldBeOfType<TextContent>().Text.ShouldBe("[redacted]");
        var variables = (await Thread.LoadAsync())!.Variables;
        variables["v"].GetString().ShouldBe(image.Uri);
        variables["text"].GetString()!.ShouldNotContain("AAAA");
        (await _test.Store.OpenAsync("t")).Section("orleans/whole").Get<string>("base64").ShouldBe("AAAA", "the bytes of a grain's state");
    }

    [Fact]
    public async Task Redact_APatternThatIdsMatch_LeavesCallsFilesAndQuestionsWhatTheyAre()
    {
        await _test.CommitAsync("t", session =>
        {
            var call = new FunctionCallContent("c4711", "pay_4711", new Dictionary<string, object?> { ["card"] = "4711" });
            session.History.Add(new ChatMessage(ChatRole.User, [new HostedFileContent("file-4711"), new HostedVectorStoreContent("store-4711"), new DataContent(new byte[3], "image/png") { Name = "4711.png" }]));
            session.History.Add(new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("4711") { ProtectedData = "p4711" }, call, new ToolApprovalRequestContent("r4711", call)]));
            session.History.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c4711", "4711")]));
        });

        await Thread.RedactAsync(new() { Pattern = "4711" });

        var contents = (await Thread.LoadAsync())!.Messages.SelectMany(message => message.Contents).ToList();
        contents[0].ShouldBeOfType<HostedFileContent>().FileId.ShouldBe("file-4711");
        contents[1].ShouldBeOfType<HostedVectorStoreContent>().VectorStoreId.ShouldBe("store-4711");
        contents[2].ShouldBeOfType<DataContent>().Name.ShouldBe("[redacted].png");
        contents[3].ShouldBeOfType<TextReasoningContent>().ShouldSatisfyAllConditions(reasoning => reasoning.Text.ShouldBe("[redacted]"), reasoning => reasoning.ProtectedData.ShouldBe("p4711"));
        contents[4].ShouldBeOfType<FunctionCallContent>().ShouldSatisfyAllConditions(call => call.Name.ShouldBe("pay_4711"), call => call.Arguments!["card"]!.ToString().ShouldBe("[redacted]"));
        contents[5].ShouldBeOfType<ToolApprovalRequestContent>().ShouldSatisfyAllConditions(
            asked => asked.RequestId.ShouldBe("r4711"), asked => ((FunctionCallContent)asked.ToolCall).Arguments!["card"]!.ToString().ShouldBe("[redacted]"));
        contents[6].ShouldBeOfType<FunctionResultContent>().Result!.ToString().ShouldBe("[redacted]");
    }

    /// <summary>What people are asked of a call has its arguments too.</summary>
    [Fact]
    public async Task Redact_AMessageWhoseCallPeopleAreAskedAbout_TakesTheArgumentsOutOfTheQuestion()
    {
        await AskAsync();

        await Thread.RedactAsync(new() { MessageIds = ["m2"] });

        await ShouldBeGoneAsync();
        (await _test.Store.Interrupts.GetAsync((await _test.Store.Interrupts.ListAsync().SingleAsync()).Id))!.Arguments!.Value.GetRawText().ShouldBe("{}");
        (await Thread.PlanRedactionAsync(new() { MessageIds = ["m2"] }))!.IsEmpty.ShouldBeTrue();
    }

    /// <summary>What was asked is not what is there any more, so it cannot be done; but the turn can go on without it.</summary>
    [Theory, InlineData(AnswerKinds.Accept), InlineData(AnswerKinds.Edit), InlineData(AnswerKinds.Reject), InlineData(AnswerKinds.Respond)]
    public async Task Redact_TheArgumentsOfACallThatWaitsForApproval_LeavesItToBeDeclined(AnswerKinds kind)
    {
        await AskAsync();
        await Thread.RedactAsync(Everywhere);

        await _test.Store.Interrupts.AnswerAsync((await _test.Store.Interrupts.ListAsync().SingleAsync()).Id, kind switch
        {
            AnswerKinds.Accept => InterruptAnswer.Accept(),
            AnswerKinds.Edit => InterruptAnswer.Edit(JsonElement.Parse("""{"card":"another"}""")),
            AnswerKinds.Reject => InterruptAnswer.Reject("too late"),
            _ => InterruptAnswer.Respond(JsonElement.Parse("\"paid in cash\"")),
        });

        await using var turn = await Thread.BeginTurnAsync("pay", new() { Key = "k" });
        var call = (await turn.OpenCallsAsync()).Single();
        var run = async () => (await turn.RunToolAsync(call, Pay, (_, _) => throw new InvalidOperationException("nobody agreed to it")))?.ToString();
        if (kind is AnswerKinds.Accept or AnswerKinds.Edit)
        {
            await Should.ThrowAsync<ApprovalMismatchException>(run);
            return;
        }

        (await run())!.ShouldContain(kind == AnswerKinds.Reject ? "too late" : "paid in cash");
        await turn.CompleteAsync();
    }

    /// <summary>What is done for a match does not depend on how long the text is: otherwise this would take longer than anybody waits.</summary>
    [Fact]
    public async Task Redact_EachCharacterOfALargeText_ComesToAnEnd()
    {
        await _test.CommitAsync("t", session => session.Say(new string('a', 50_000)));

        await Thread.RedactAsync(new() { Pattern = "[a-z]" });

        (await _test.TextsAsync("t")).Single().ShouldBe(string.Concat(Enumerable.Repeat("[redacted]", 50_000)));
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private async Task AskAsync()
    {
        await using var turn = await Thread.BeginTurnAsync("pay", new() { Key = "k" });
        var call = new FunctionCallContent("c1", "pay", new Dictionary<string, object?> { ["card"] = Secret });
        await turn.AddAsync([new ChatMessage(ChatRole.Assistant, [call]) { MessageId = "m2" }]);
        await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.RunToolAsync(call, Pay, (_, _) => new("paid")));
    }

    private static AIFunction Pay { get; } = new ApprovalRequiredAIFunction(AIFunctionFactory.Create((string card) => $"paid by {card}", "pay"));

    private static ValueTask<string> RunAgainAsync(Turn turn, StepOptions step) => turn.RunOnceAsync("charge", Task<string> (_, _) => throw new InvalidOperationException("it was done"), step);

    private Task SetAsync(string json) => _test.CommitAsync("t", session => session.Variables.Set("v", JsonElement.Parse(json)));

    private async Task ShouldBeGoneAsync()
    {
        (await _test.BodiesAsync("t")).ShouldAllBe(body => !body.Contains(Secret, StringComparison.Ordinal));
        (await _test.Another().Thread("t").VerifyAsync())!.Problems.ShouldBeEmpty();
    }
}
