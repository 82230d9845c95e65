using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>An id is only a name: ids that differ make different threads, whatever they look like.</summary>
internal static class IdentifierSuite
{
    private const int MaxIdBytes = 512;

    public static Task Ids_LikePaths_NameThreads(LogUnderTest test) => ExpectDistinctAsync(
        test,
        "x", "../x", "../../x", "..", ".", "...", "/", "//", "/x", "x/", "x//", "./x", "x/../x", "\\", "..\\x", "C:\\x", "C:/x", "\\\\server\\share", "~", "~/x",
        "file:///x", "x/y", "x\\y", "x/y/", "/etc/passwd", "x.jsonl", ".x", ".x.jsonl", "x.lock", "x.tmp");

    public static Task Ids_LikeDeviceNames_NameThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, "CON", "con", "NUL", "nul", "AUX", "PRN", "COM1", "LPT1", "CON.txt", "NUL.jsonl", "CLOCK$", "CONIN$");

    public static Task Ids_ThatDifferInCaseOnly_NameDifferentThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, "chat", "Chat", "CHAT", "cHAT", "straße", "STRASSE", "strasse", "é", "É", "i", "I", "ı", "İ", "σ", "ς", "Σ");

    public static Task Ids_ThatDifferInUnicodeFormOnly_NameDifferentThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, "\u00e9", "e\u0301", "\u1e9b\u0323", "\u017f\u0323\u0307", "\ufb01", "fi", "\u212b", "\u00c5", "A\u030a", "a\u200bb", "ab", "a\u200db", "a\u00adb", "\uff41", "a", "\u0430");

    public static Task Ids_ThatDifferInSpacesAndDotsOnly_NameDifferentThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, "a", "a ", " a", "a  ", "a.", "a..", "a. ", " ", "  ", "\u00a0", "a\u00a0", "\u2003a", "\u3000", "\ufeffa", "a\ufeff");

    public static Task Ids_LikePatterns_NameThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, "*", "?", "[a]", "[^a]", "{a}", "{a,b}", "%", "_", "%a%", "a%", "a_", "a*", "^a$", ".*", "\\*", "(a|b)", "a", "b", "ab");

    public static Task Ids_LikeEncodedOnes_NameDifferentThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, "%2e", "%2E", ".", "%2e%2e%2f", "%2F", "/", "%", "%25", "%252e", "+", "%20", " ", "\\u0041", "A", "&amp;", "&", "=41", "_x41_", "~41", "#", "$41", "QQ", "QQ==", "41");

    public static Task Ids_LikeStatements_NameThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, "'; DROP TABLE threads; --", "\" OR 1=1", "$1", "@p0", ":id", "?1", "`x`", "x\u2028y", "{\"a\":1}", "[1]", "null", "0", "-1", "NaN", "true", "x;y", "x,y", "x|y", "x=y", "#h0", "!", "^");

    public static Task Ids_WithEmojiAndManyScripts_NameThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, "🦑", "🦑🦑", "👩‍👩‍👧‍👦", "👩", "👩\u200d", "中文", "数据", "данные", "עברית", "العربية", "\u202eabc", "\u0301", "\uffff", "\ufffe", "\ufdd0", "\ue000", "\U0010ffff");

    public static Task Ids_OfTheGreatestLength_NameDifferentThreads(LogUnderTest test)
    {
        var long1 = new string('x', MaxIdBytes);
        return ExpectDistinctAsync(
            test,
            long1,
            long1[..^1],
            long1[..^1] + "y",
            "y" + long1[..^1],
            new string('X', MaxIdBytes),
            new string('/', MaxIdBytes),
            new string('%', MaxIdBytes),
            string.Concat(Enumerable.Repeat("🦑", MaxIdBytes / 4)),
            string.Concat(Enumerable.Repeat("é", MaxIdBytes / 2)),
            string.Concat(Enumerable.Repeat("中", MaxIdBytes / 3)));
    }

    public static Task Ids_OfOneCharacter_NameDifferentThreads(LogUnderTest test) => ExpectDistinctAsync(
        test, [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => ((char)c).ToString())]);

    public static Task Keys_WhoseTenantAndIdAreAlikeTogether_NameDifferentThreads(LogUnderTest test) => ExpectDistinctKeysAsync(
        test,
        ("a:b", "c"), ("a", "b:c"), ("a:b:c", "d"), ("a/b", "c"), ("a", "b/c"), ("a|b", "c"), ("a", "b|c"), ("a#b", "c"), ("a", "b#c"), ("ab", "c"), ("a", "bc"),
        ("a%3Ab", "c"), ("a%", "3Ab"), ("a{b", "c}"), ("a}b", "c"), ("{a}", "c"), ("a.b", "c"), ("a", "b.c"), ("a b", "c"), ("a", "b c"));

    public static Task Tenants_OfHostileNames_KeepThreadsApart(LogUnderTest test) => ExpectDistinctKeysAsync(
        test,
        ("", "x"), ("/", "x"), ("/..", "x"), ("/../", "x"), ("A", "x"), ("a", "x"), (" ", "x"), (".", "x"), ("%2e", "x"), ("%", "x"), ("*", "x"), ("🦑", "x"), ("\u00e9", "x"), ("e\u0301", "x"),
        ("'--", "x"), (new string('t', 60), "x"), (new string('t', 59), "x"));

    public static async Task Ids_WithControlCharactersOrHalfSurrogates_AreRefusedAtTheEdge(LogUnderTest test)
    {
        foreach (var id in (string[])["", "\0", "a\0b", "\n", "a\r", "\t", "\u001f", "\u007f", "\u0085", "\ud83d", "\ude00x", new('x', MaxIdBytes + 1), new('é', (MaxIdBytes / 2) + 1)])
        {
            await Expect.ThrowsAsync<InvalidIdentifierException>(() => Task.FromResult(test.NewThread(id)), "an id that cannot be one");
        }
    }

    private static Task ExpectDistinctAsync(LogUnderTest test, params string[] ids)
        => ExpectDistinctKeysAsync(test, [.. ids.Select(id => ("", id))]);

    private static async Task ExpectDistinctKeysAsync(LogUnderTest test, params (string Tenant, string Id)[] keys)
    {
        var user = test.Tenant;
        var threads = keys.Select(key => test.NewThread(key.Tenant, key.Id)).ToList();
        foreach (var thread in threads)
        {
            Expect.Head(null, await test.Log.GetHeadAsync(thread.Key));
            await thread.AppendAsync(test.Log, new() { Head = head => head with { UserId = user } });
        }

        foreach (var thread in threads)
        {
            Expect.Head(thread.Head, await test.Log.GetHeadAsync(thread.Key));
            Expect.Entries(thread.Entries, await test.Log.ReadAllAsync(thread.Key), $"thread '{thread.Key}'");
            var tail = Expect.NotNull(await test.Log.ReadTailAsync(thread.Key), $"the tail of thread '{thread.Key}'");
            Expect.Entries(thread.Entries, tail.Entries, $"the tail of thread '{thread.Key}'");
        }

        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default, Filter = new() { UserId = user, Order = ThreadOrder.Id, PageSize = 10 } });
        Expect.Sequence(threads.Select(thread => thread.Key).Order(Comparer<ThreadKey>.Create(HeadOrder.Compare)), listed.Select(head => head.Key), "the threads in order of their ids");

        // Erasing every other thread leaves its neighbours as they are.
        foreach (var (_, thread) in threads.Index().Where(item => item.Index % 2 == 0))
        {
            Expect.Equal(true, await test.Log.EraseAsync(thread.Key), $"the answer to erasing '{thread.Key}'");
        }

        foreach (var (i, thread) in threads.Index())
        {
            Expect.Head(i % 2 == 0 ? null : thread.Head, await test.Log.GetHeadAsync(thread.Key));
        }
    }
}
