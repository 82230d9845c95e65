namespace Holdfast.Cli.Tests;

public sealed class PlainTests
{
    [Theory]
    [InlineData("\u001b[31mred\u001b[0m", "[31mred[0m")]
    [InlineData("\u001b]0;title\u0007", "]0;title")]
    [InlineData("\u009b31mred", "31mred")]
    [InlineData("a\bb\0c\u007fd", "abcd")]
    [InlineData("abc\u202ecba\u2066", "abccba")]
    [InlineData("日本語 😀 é 👩‍👩‍👧", "日本語 😀 é 👩‍👩‍👧")]
    public void Lines_WhatATerminalWouldObey_IsLeftOut(string text, string expected) => Plain.Lines(text).ShouldBe(expected);

    [Fact]
    public void Lines_SeveralLines_StayLines() => Plain.Lines("a\r\nb\rc\nd\u2028e\tf").ShouldBe("a\nb\nc\nd\ne\tf");

    [Fact]
    public void Lines_HalfOfASurrogatePair_IsReplaced() => Plain.Lines("\ud800half").ShouldBe("\ufffdhalf");

    [Fact]
    public void OneLine_SeveralLines_BecomeOne() => Plain.OneLine("a\r\nb\nc\td").ShouldBe("a b c d");

    [Fact]
    public void Shorten_WithinAnEmoji_CutsBeforeIt()
    {
        Plain.Shorten("ab👩‍👩‍👧cd", 2).ShouldBe("ab…");
        Plain.Shorten("ab👩‍👩‍👧cd", 3).ShouldBe("ab👩‍👩‍👧…");
        Plain.Shorten("ab", 2).ShouldBe("ab");
    }
}
