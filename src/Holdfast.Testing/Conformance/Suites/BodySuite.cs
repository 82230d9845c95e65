using System.Text;
using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>A body comes back byte for byte.</summary>
internal static class BodySuite
{
    private const int CommitLimit = 16 * 1024 * 1024;

    public static Task Body_OfPlainJson_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, """{"v":1,"at":"2026-11-21T08:00:00.123Z","messages":[{"role":"user","contents":[{"$type":"text","text":"Hi"}]}],"set":{"variables":{"n":1.0}}}"""u8);

    public static Task Body_OfJsonWithOddWhitespace_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, Encoding.UTF8.GetBytes(" \n{\t\"a\" :\r\n[ 1 ,2,  3 ] , \"b\":{ } }\n\n  "));

    public static Task Body_OfJsonWithRepeatedAndUnsortedKeys_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, """{"z":1,"a":2,"aa":3,"z":4,"":5}"""u8);

    public static Task Body_OfJsonWithOddNumbers_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, """{"a":1.0,"b":1e0,"c":-0,"d":-0.0,"e":1E+2,"f":12345678901234567890123456789012345678901234567890,"g":1e400,"h":0.10}"""u8);

    public static Task Body_OfJsonWithEscapesOfNulAndLoneSurrogates_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, """{"nul":"\u0000","\u0000":"key","high":"\ud83d","low":"\ude00","pair":"\ud83d\ude00","slash":"\/","upper":"\u00E9\u00e9"}"""u8);

    public static Task Body_OfJsonWithTextOfManyScripts_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, """{"a":"Größe 数据 данные 🦑👩‍👩‍👧‍👦 é é עִבְרִית '' \" ; -- $1 @p ? %s"}"""u8);

    public static Task Body_OfAScalarInJson_ComesBackByteForByte(LogUnderTest test) => RoundTripAsync(test, "null"u8);

    public static Task Body_OfDeepJson_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", 64)) + string.Concat(Enumerable.Repeat("]", 64))));

    public static Task Body_OfEveryByteValue_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, [.. Enumerable.Range(0, 512).Select(value => (byte)value)]);

    public static Task Body_OfLineBreaksAndSeparators_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, "\n\r\n\0\u001e\t{\"a\":1}\n{\"b\":2}\n"u8);

    public static Task Body_OfInvalidUtf8_ComesBackByteForByte(LogUnderTest test)
        => RoundTripAsync(test, [0x22, 0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80, 0x22]);

    public static Task Body_WithAByteOrderMark_ComesBackByteForByte(LogUnderTest test) => RoundTripAsync(test, [0xef, 0xbb, 0xbf, 0x7b, 0x7d]);

    public static Task Body_OfOneByte_ComesBackByteForByte(LogUnderTest test) => RoundTripAsync(test, [0]);

    public static Task Body_OfNoBytes_ComesBackEmpty(LogUnderTest test) => RoundTripAsync(test, []);

    public static async Task Body_OfAMebibyteOfJson_ComesBackByteForByte(LogUnderTest test)
        => await RoundTripAsync(test, Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', 1024 * 1024)}}"}"""));

    public static async Task Body_OfAMebibyteOfRandomBytes_ComesBackByteForByte(LogUnderTest test)
        => await RoundTripAsync(test, RandomBytes(1024 * 1024));

    public static async Task Bodies_OfManySizes_ComeBackByteForByte(LogUnderTest test)
    {
        var thread = test.NewThread();
        foreach (var size in (int[])[100, 1_000, 4_095, 4_096, 4_097, 65_535, 65_537, 399_999, 400_001])
        {
            await thread.AppendAsync(test.Log, new() { Body = RandomBytes(size) });
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Body_OfTheLargestCommit_IsStoredWholeOrRefusedWhole(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync(1);
        var request = thread.Next(new() { Body = RandomBytes(CommitLimit) });
        try
        {
            await test.Log.ExpectAppendAsync(request, AppendResult.Appended(2));
            thread.Accept(request);
        }
        catch (StateTooLargeException)
        {
            // A backend may hold less; it must then have written nothing.
        }

        await test.Log.ExpectThreadAsync(thread);
    }

    private static Task RoundTripAsync(LogUnderTest test, ReadOnlySpan<byte> body) => RoundTripAsync(test, body.ToArray());

    private static async Task RoundTripAsync(LogUnderTest test, byte[] body)
    {
        var thread = test.NewThread();
        await thread.AppendAsync(test.Log, new() { Body = body });
        await thread.AppendAsync(test.Log, new() { Body = body, IsKeyframe = true });
        await test.Log.ExpectThreadAsync(thread);
        if (test.Capabilities.HasFlag(LogCapabilities.Durable))
        {
            await test.RestartAsync();
            await test.Log.ExpectThreadAsync(thread);
        }
    }

    private static byte[] RandomBytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
