using System.Text.Json.Serialization;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.State;

/// <summary>An enum is stored as System.Text.Json has it: by its number, unless a converter says otherwise.</summary>
public sealed class EnumValueTests
{
    [JsonConverter(typeof(JsonStringEnumConverter<Mood>))]
    private enum Mood
    {
        Good,
        Bad,
    }

    [Fact]
    public async Task Enum_ByDefault_IsANumber()
    {
        var variables = (await new TestStore().Store.OpenAsync("a")).Variables;
        variables.Set("day", DayOfWeek.Friday);
        variables.Set("mood", Mood.Bad);

        (variables.GetJson("day")!.Value.GetRawText(), variables.GetJson("mood")!.Value.GetRawText()).ShouldBe(("5", "\"Bad\""));
        (variables.Get<DayOfWeek>("day"), variables.Get<Mood>("mood")).ShouldBe((DayOfWeek.Friday, Mood.Bad));
    }

    [Fact]
    public async Task Enum_WithAConverterInTheOptions_IsAName()
    {
        var variables = (await new TestStore(options => options.Json.Converters.Add(new JsonStringEnumConverter())).Store.OpenAsync("a")).Variables;
        variables.Set("day", DayOfWeek.Friday);

        variables.GetJson("day")!.Value.GetRawText().ShouldBe("\"Friday\"");
        variables.Get<DayOfWeek>("day").ShouldBe(DayOfWeek.Friday);
    }
}
