using Holdfast.Cli.Chat;

namespace Holdfast.Cli.Tests.Chat;

public sealed class NameTextTests
{
    [Theory]
    [InlineData("my name is John", "John")]
    [InlineData("Hello, my name is John", "John")]
    [InlineData("HELLO! MY NAME IS JOHN!!!", "JOHN")]
    [InlineData("My name's John.", "John")]
    [InlineData("my name’s Anna-Lena Müller…", "Anna-Lena Müller")]
    [InlineData("my name is 李雷。", "李雷")]
    [InlineData("My name is Владимир, nice to meet you", "Владимир")]
    [InlineData("my name is O'Brien", "O'Brien")]
    [InlineData("my name is \"Zoë\"", "Zoë")]
    [InlineData("my name is John and I like tea", "John")]
    [InlineData("my name is J and I like tea", "J")]
    [InlineData("my name is Andy", "Andy")]
    [InlineData("my name is J. R. R. Tolkien.", "J. R. R. Tolkien")]
    [InlineData("my name is Dr. Who", "Dr. Who")]
    [InlineData("my name is John. I like tea.", "John")]
    [InlineData("my name is John, what's yours?", "John")]
    [InlineData("my   name is   Mary   Ann", "Mary Ann")]
    [InlineData("Remember that my name is now Jane", "Jane")]
    [InlineData("my name is R2-D2", "R2-D2")]
    public void Find_SomeoneSaysTheirName_FindsIt(string said, string name) => NameText.Find(said).ShouldBe(name);

    [Theory]
    [InlineData("what's my name?")]
    [InlineData("my name is")]
    [InlineData("my name is ?")]
    [InlineData("my name is not important")]
    [InlineData("his name is John")]
    [InlineData("tommy name is John")]
    [InlineData("do you know what my name is?")]
    [InlineData("")]
    public void Find_NobodySaysTheirName_FindsNone(string said) => NameText.Find(said).ShouldBeNull();

    [Theory]
    [InlineData("what's my name?")]
    [InlineData("What’s my name")]
    [InlineData("whats my name??")]
    [InlineData("what is my name")]
    [InlineData("WHAT IS MY NAME?")]
    [InlineData("Hi! What is my name, please?")]
    [InlineData("do you know my name?")]
    [InlineData("Do you remember what my name is?")]
    [InlineData("tell me my name")]
    [InlineData("Who am I?")]
    public void IsQuestion_SomeoneAsks_IsTrue(string said) => NameText.IsQuestion(said).ShouldBeTrue();

    [Theory]
    [InlineData("my name is John")]
    [InlineData("remember that my name is John")]
    [InlineData("what is your name?")]
    [InlineData("my name is John, what's yours?")]
    public void IsQuestion_NobodyAsks_IsFalse(string said) => NameText.IsQuestion(said).ShouldBeFalse();

    [Fact]
    public void Find_AnEndlessText_IsQuick()
    {
        NameText.Find(string.Concat(Enumerable.Repeat("my name is ", 100_000))).ShouldBeNull();
        NameText.IsQuestion(string.Concat(Enumerable.Repeat("what my name ", 150)) + "x").ShouldBeFalse();
    }
}
