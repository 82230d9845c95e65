using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class RecordStoreTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Record_IsReadByName_InTheSessionThatPutIt_AndInOthers()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Records.Put("report", new[] { "long" });
        (await session.Records.GetAsync<string[]>("report")).ShouldBe(["long"]);
        await session.CommitAsync();

        var other = await _test.Store.OpenAsync("a");

        (await session.Records.GetAsync<string[]>("report")).ShouldBe(["long"]);
        (await other.Records.GetAsync<string[]>("report")).ShouldBe(["long"]);
        (await other.Records.GetJsonAsync("report"))!.Value.GetRawText().ShouldBe("[\"long\"]");
        (other.Records.Names, other.Records.Contains("report"), other.Records.Contains("x")).ShouldSatisfyAllConditions(
            all => all.Names.ShouldBe(["report"]), all => all.Item2.ShouldBeTrue(), all => all.Item3.ShouldBeFalse());
        (await other.Records.GetAsync<string>("missing")).ShouldBeNull();
    }

    [Fact]
    public async Task Record_ThatIsReplacedOrRemoved_IsGoneFromThenOn()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Records.Put("r", 1);
        session.Records.Put("r", 2);
        session.Records.Put("gone", 3);
        session.Records.Remove("gone").ShouldBeTrue();
        await session.CommitAsync();
        session.Records.Put("r", 4);
        await session.CommitAsync();

        (await (await _test.Store.OpenAsync("a")).Records.GetAsync<int>("r")).ShouldBe(4);
        session.Records.Names.ShouldBe(["r"]);
        session.Records.Remove("r").ShouldBeTrue();
        session.Records.Remove("r").ShouldBeFalse();
        await session.CommitAsync();
        (await _test.Store.OpenAsync("a")).Records.Names.ShouldBeEmpty();
    }

    [Fact]
    public async Task Records_AreNeverFolded_SoManyLargeOnesCostWhatTheyAre()
    {
        var session = await _test.Store.OpenAsync("a");
        var value = new string('x', 2000);
        for (var i = 0; i < 200; i++)
        {
            session.Records.Put("r" + (i % 50), value);
            await session.CommitAsync();
        }

        _test.Log.BytesWritten.ShouldBeLessThan(200 * 2000 * 3 / 2);
        _test.Log.Reset();
        var opened = await _test.Store.OpenAsync("a");
        _test.Log.BytesRead.ShouldBeLessThan(32 * 1024);
        _test.Log.Reset();
        (await opened.Records.GetAsync<string>("r7")).ShouldBe(value);
        _test.Log.BytesRead.ShouldBeLessThan(8 * 1024);
    }

    [Fact]
    public async Task Record_OfACommitThatMetAConflict_PointsToWhereItStands()
    {
        var session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        await _test.CommitAsync("a", other => other.Records.Put("theirs", "t"));
        session.Records.Put("mine", "m");
        await session.CommitAsync();

        var opened = await _test.Store.OpenAsync("a");

        (await opened.Records.GetAsync<string>("theirs")).ShouldBe("t");
        (await opened.Records.GetAsync<string>("mine")).ShouldBe("m");
        (await session.Records.GetAsync<string>("theirs")).ShouldBe("t");
    }

    [Fact]
    public async Task Record_OfTheSameName_PutByTwo_IsAConflict()
    {
        var session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        await _test.CommitAsync("a", other => other.Records.Put("r", "t"));
        session.Records.Put("r", "m");

        (await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync())).Message.ShouldContain("$records/r");
    }

    [Fact]
    public async Task Record_InAState_IsNeitherShownNorLostBySavingIt()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Records.Put("r", "kept");
            session.Variables.Set("v", 1);
        });
        var state = (await _test.Store.LoadAsync("a"))!;

        state.OtherSections.ShouldBeEmpty();
        await _test.Store.SaveAsync("a", state.SetVariable("v", 2));

        (await (await _test.Store.OpenAsync("a")).Records.GetAsync<string>("r")).ShouldBe("kept");
    }

    [Fact]
    public async Task Record_WhoseNameOrValueCannotBe_IsRefused()
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<InvalidIdentifierException>(() => session.Records.Put("", 1));
        Should.Throw<InvalidStateValueException>(() => session.Records.Put("r", double.NaN));
        session.HasChanges.ShouldBeFalse();
    }
}
