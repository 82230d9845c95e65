using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class ToolSectionsTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Tools_EachHasAStateOfItsOwn()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Tools["search"].Set("x", 1);
            session.Tools["search/deep"].Set("x", 2);
            session.Tools["deep"].Set("x", 3);
            session.Variables.Set("x", 4);
        });

        var session = await _test.Store.OpenAsync("a");
        session.Tools.Names.ShouldBe(["search", "search/deep", "deep"], ignoreOrder: true);
        (session.Tools["search"].Get("x", 0), session.Tools["search/deep"].Get("x", 0), session.Tools["deep"].Get("x", 0)).ShouldBe((1, 2, 3));
        (await _test.Store.LoadAsync("a"))!.Tools["search/deep"]["x"].GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Tools_ThatOnlyWereLookedAt_HaveNoState()
    {
        var session = await _test.Store.OpenAsync("a");

        session.Tools["search"].Get("x", 0).ShouldBe(0);

        session.Tools.Names.ShouldBeEmpty();
        session.HasChanges.ShouldBeFalse();
    }

    [Fact]
    public async Task Tools_WhoseStateWasCleared_AreGone()
    {
        await _test.CommitAsync("a", session => session.Tools["search"].Set("x", 1));
        await _test.CommitAsync("a", session => session.Tools["search"].Clear());

        (await _test.Store.OpenAsync("a")).Tools.Names.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a"))!.Tools.ShouldBeEmpty();
    }

    [Theory, InlineData(""), InlineData("a\nb")]
    public async Task Tools_WithANameThatCannotBeUsed_AreRefused(string name)
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<InvalidIdentifierException>(() => session.Tools[name]);
    }
}
