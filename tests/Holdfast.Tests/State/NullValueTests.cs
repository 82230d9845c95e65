using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.State;

/// <summary>A JSON null reads like a value that is not there.</summary>
public sealed class NullValueTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Null_OfASection_ReadsAsTheDefault()
    {
        var variables = (await _test.Store.OpenAsync("a")).Variables;
        variables.Set("nul", JsonElement.Parse("null"));

        variables.Get("nul", 5).ShouldBe(5);
        variables.Get("nul", 5L).ShouldBe(5);
        variables.Get("nul", true).ShouldBeTrue();
        variables.Get("nul", 0.5).ShouldBe(0.5);
        variables.Get("nul", "x").ShouldBe("x");
        variables.Get<int>("nul").ShouldBe(0);
        variables.Get<int?>("nul").ShouldBeNull();
        variables.Get("nul", DayOfWeek.Friday).ShouldBe(DayOfWeek.Friday);
        variables.Get("nul", DateTimeOffset.UnixEpoch).ShouldBe(DateTimeOffset.UnixEpoch);
        variables.Contains("nul").ShouldBeTrue();
        variables.GetJson("nul")!.Value.ValueKind.ShouldBe(JsonValueKind.Null);
    }
}
