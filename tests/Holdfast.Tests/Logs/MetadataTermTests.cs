using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Tests.Logs;

public sealed class MetadataTermTests
{
    [Theory]
    [InlineData("1", "1.0", "1e0", "10e-1", "0.1E+1", "100e-2")]
    [InlineData("0", "-0", "0.000", "0e99", "-0.0e-5")]
    [InlineData("1500", "1.5e3", "15E2", "1500.00")]
    [InlineData("-0.001", "-1e-3", "-10e-4")]
    [InlineData("1e-30", "0.000000000000000000000000000001")]
    [InlineData("\"a\"", "\"\\u0061\"")]
    public void Of_EqualValues_IsTheSame(params string[] values)
        => values.Select(TermOf).Distinct().ShouldHaveSingleItem();

    [Fact]
    public void Of_DifferentValues_Differs()
    {
        string[] values =
        [
            "0", "1", "-1", "10", "0.1", "1e-30", "2e-30", "1e400", "1e401", "1e99999999999999999999", "2e99999999999999999999", "123456789012345678901234567890.1",
            "123456789012345678901234567890.2", "\"1\"", "\"\"", "\"0\"", "true", "false", "null", "\"true\"", "\"null\"",
        ];

        values.Select(TermOf).Distinct().Count().ShouldBe(values.Length);
    }

    [Fact]
    public void Of_ObjectsAndArrays_IsNull()
    {
        TermOf("{}").ShouldBeNull();
        TermOf("[1]").ShouldBeNull();
    }

    private static string? TermOf(string json) => MetadataTerm.Of(JsonElement.Parse(json));
}
