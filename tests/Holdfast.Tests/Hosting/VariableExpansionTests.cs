namespace Holdfast.Tests.Hosting;

public sealed class VariableExpansionTests
{
    private static readonly Dictionary<string, string> Set = new() { ["A"] = "a", ["B_2"] = "b", ["EMPTY"] = "", ["ODD"] = "${A}}$${" };

    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("${A}", "a")]
    [InlineData("<${A}|${B_2}>", "<a|b>")]
    [InlineData("${NO:x}", "x")]
    [InlineData("${NO:}", "")]
    [InlineData("${A:x}", "a")]
    [InlineData("${EMPTY:x}", "x")]
    [InlineData("${NO:valkey://host:6379}", "valkey://host:6379")]
    [InlineData("${NO:${A}}", "a")]
    [InlineData("${NO:${NONE:x}y}z", "xyz")]
    [InlineData("${NO:<${NONE:${A}${B_2}}>}", "<ab>")]
    [InlineData("${A:${NONE}}", "a")]
    [InlineData("${ODD}", "${A}}$${")]
    [InlineData("$${A}", "${A}")]
    [InlineData("$$${A}", "$a")]
    [InlineData("$$$${A}", "$${A}")]
    [InlineData("${NO:$${A}}", "${A}")]
    [InlineData("${A:$${x}}!", "a!")]
    [InlineData("pa$$word$", "pa$$word$")]
    [InlineData("$5 } {x}", "$5 } {x}")]
    public void Expand_PutsInWhatIsSet(string text, string expected)
    {
        var (expanded, problems) = Expand(text);

        problems.ShouldBeEmpty();
        expanded.ShouldBe(expected);
    }

    [Theory]
    [InlineData("${NO}", "needs the environment variable 'NO', which is not set and has no default, as ${NO:default} would have")]
    [InlineData("${EMPTY}", "needs the environment variable 'EMPTY', which is not set and has no default, as ${EMPTY:default} would have")]
    [InlineData("${NO:${NONE}}", "needs the environment variable 'NONE', which is not set and has no default, as ${NONE:default} would have")]
    [InlineData("x${A", "has the variable 'A', which no } closes")]
    [InlineData("${A:x", "has the variable 'A', which no } closes")]
    [InlineData("${NO:${A:x}", "has the variable 'NO', which no } closes")]
    [InlineData("${}", "has a variable named ''; a name has letters, digits and _ only, and does not begin with a digit")]
    [InlineData("${1A:x}", "has a variable named '1A'; a name has letters, digits and _ only, and does not begin with a digit")]
    [InlineData("${A B}", "has a variable named 'A B'; a name has letters, digits and _ only, and does not begin with a digit")]
    public void Expand_WhatCannotBe_IsTold(string text, string expected)
    {
        var (expanded, problems) = Expand(text);

        expanded.ShouldBeNull();
        problems.ShouldBe([expected]);
    }

    [Fact]
    public void Expand_TellsAllAtOnce() => Expand("${NO} ${NONE} ${A}").Problems.Count.ShouldBe(2);

    private static (string? Text, List<string> Problems) Expand(string text)
    {
        var problems = new List<string>();
        return (VariableExpansion.Expand(text, name => Set.GetValueOrDefault(name), problems), problems);
    }
}
