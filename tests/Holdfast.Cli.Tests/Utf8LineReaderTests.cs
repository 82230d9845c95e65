using System.Text;

namespace Holdfast.Cli.Tests;

public sealed class Utf8LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("a\r\n\r\nb\r", new[] { "a", "", "b" })]
    [InlineData("\n\nü 🌊", new[] { "", "", "ü 🌊" })]
    [InlineData("\uFEFFa\n\uFEFFb", new[] { "a", "\uFEFFb" })]
    public void ReadLine_Lines_AreReadWhateverComesAtOnce(string text, string[] lines)
    {
        ReadAll(new Pieces(Encoding.UTF8.GetBytes(text), 1)).ShouldBe(lines);
        ReadAll(new Pieces(Encoding.UTF8.GetBytes(text), 3)).ShouldBe(lines);
        ReadAll(new MemoryStream(Encoding.UTF8.GetBytes(text))).ShouldBe(lines);
    }

    [Fact]
    public void ReadLine_ALineLongerThanTheBuffer_IsWhole()
    {
        var line = string.Concat(Enumerable.Repeat("🌊é", 50_000));

        ReadAll(new MemoryStream(Encoding.UTF8.GetBytes(line + "\r\nb"))).ShouldBe([line, "b"]);
    }

    [Fact]
    public void ReadLine_ALineThatIsNotUtf8_IsRefusedAndTheNextIsRead()
    {
        using var reader = new Utf8LineReader(new MemoryStream([(byte)'a', (byte)'\n', (byte)'b', 0xC3, (byte)'\n', (byte)'c']));

        reader.ReadLine().ShouldBe("a");
        var error = Should.Throw<ToolException>(() => reader.ReadLine());
        reader.ReadLine().ShouldBe("c");
        reader.ReadLine().ShouldBeNull();

        (error.Code, error.ExitCode).ShouldBe(("invalid-input", ExitCodes.Usage));
        error.Message.ShouldContain("Line 2");
        error.Message.ShouldContain("0xC3 at position 2");
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'a', 0 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    public void ReadLine_OtherEncodings_AreRefused(byte[] input)
    {
        using var reader = new Utf8LineReader(new MemoryStream(input));

        Should.Throw<ToolException>(() => reader.ReadLine());
    }

    private static List<string> ReadAll(Stream input)
    {
        using var reader = new Utf8LineReader(input);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    // Gives a few bytes at a time, as a pipe may.
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(size, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(size, count));
    }
}
