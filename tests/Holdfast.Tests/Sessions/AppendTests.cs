using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class AppendTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Append_ToNothing_MakesAnArray_AndStoresOnlyTheElement()
    {
        await _test.CommitAsync("a", session => session.Variables.Append("list", "one"));
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Append("list", 2);
            session.Variables.Append("list", (string?)null);
            session.Variables.Get<object?[]>("list")!.Length.ShouldBe(3);
        });

        (await _test.Store.OpenAsync("a")).Variables["list"]!.Value.GetRawText().ShouldBe("[\"one\",2,null]");
        (await _test.BodiesAsync("a"))[1].ShouldContain("\"append\":{\"variables\":{\"list\":[2,null]}}");
        (await _test.Store.Thread("a").LogAsync().FirstAsync()).Set.ShouldBe(["variables/list"]);
    }

    [Theory]
    [InlineData("[]", "[1]")]
    [InlineData("[ ]", "[1]")]
    [InlineData("[0]", "[0,1]")]
    [InlineData(" [ 0 ] ", "[ 0,1]")]
    public async Task Append_ToAnArrayOfAnySpelling_KeepsItAnArray(string before, string after)
    {
        await _test.CommitAsync("a", session => session.Variables.Set("list", System.Text.Json.JsonElement.Parse(before)));
        await _test.CommitAsync("a", session => session.Variables.Append("list", 1));

        (await _test.Store.OpenAsync("a")).Variables["list"]!.Value.GetRawText().Trim().ShouldBe(after);
    }

    [Fact]
    public async Task Append_InTheCommitThatSetsTheArray_SetsItWhole()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("list", new[] { 1 });
            session.Variables.Append("list", 2);
            session.Variables.Remove("list");
            session.Variables.Append("list", 3);
        });

        (await _test.Store.OpenAsync("a")).Variables.Get<int[]>("list").ShouldBe([3]);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Append_ToWhatIsNoArray_IsRefused()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("text", "x");

        Should.Throw<InvalidStateValueException>(() => session.Variables.Append("text", 1)).Message.ShouldContain("variables/text");
        session.Variables.Get<string>("text").ShouldBe("x");
    }

    [Fact]
    public async Task Append_ByTwo_KeepsBothInTheOrderOfTheCommits()
    {
        await _test.CommitAsync("a", session => session.Variables.Append("list", 0));
        var session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        session.Variables.Append("list", 2);
        await _test.CommitAsync("a", other => other.Variables.Append("list", 1));
        await session.CommitAsync();

        (await _test.Store.OpenAsync("a")).Variables.Get<int[]>("list").ShouldBe([0, 1, 2]);
        session.Variables.Get<int[]>("list").ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task Append_ToAnArrayThatOthersReplaced_IsAConflict()
    {
        await _test.CommitAsync("a", session => session.Variables.Append("list", 0));
        var session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        session.Variables.Append("list", 2);
        await _test.CommitAsync("a", other => other.Variables.Set("list", "none any more"));

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
    }

    [Fact]
    public async Task Append_OfAThousandElements_CostsWhatTheyAre()
    {
        var session = await _test.Store.OpenAsync("a");
        for (var i = 0; i < 1000; i++)
        {
            session.Variables.Append("list", new string('x', 300));
            await session.CommitAsync();
        }

        // Keyframes repeat the array now and then; all of them together stay below twice what was appended.
        _test.Log.BytesWritten.ShouldBeLessThan(3 * 1000 * (300 + 256));
        (await _test.Store.OpenAsync("a")).Variables.Get<string[]>("list")!.Length.ShouldBe(1000);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }
}
