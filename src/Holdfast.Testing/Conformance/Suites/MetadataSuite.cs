using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Testing.Suites;

/// <summary>Metadata comes back as the JSON that it was, and is found by equality of JSON values.</summary>
internal static class MetadataSuite
{
    private static readonly string[] HostileKeys =
        ["a.b", "a:b", "a b", "$", "$.x", "[0]", "'", "\"", "\\", "--", "%", "_", "*", "é", "🦑", "null", "constructor", "#n0", new('k', 512)];

    public static async Task Metadata_OfEveryKindOfJson_ComesBack(LogUnderTest test)
    {
        var thread = await test.WriteThreadAsync("a", head => head
            .WithMetadata("string", "\"text\"").WithMetadata("empty", "\"\"").WithMetadata("integer", "42").WithMetadata("negative", "-1")
            .WithMetadata("fraction", "0.1").WithMetadata("exponent", "1e3").WithMetadata("large", "9007199254740993")
            .WithMetadata("true", "true").WithMetadata("false", "false").WithMetadata("null", "null")
            .WithMetadata("object", """{"z":[1,{"a":null}],"a":""}""").WithMetadata("array", "[1,\"2\",[],{}]"));

        await test.Log.ExpectThreadAsync(thread);
    }

    public static async Task Metadata_OfTextOfManyScripts_ComesBack(LogUnderTest test)
        => await test.Log.ExpectThreadAsync(await test.WriteThreadAsync("a", head => head
            .WithMetadata("text", "\"Größe 数据 עִבְרִית 🦑 \\u0001 \\n \\\" \\\\ ' ; --\"")
            .WithMetadata("escapes", "\"\\u00e9\\ud83d\\ude00\\/\"")));

    public static async Task Metadata_WithNul_ComesBackAndIsFound(LogUnderTest test)
    {
        await test.Log.ExpectThreadAsync(await test.WriteThreadAsync("nul", head => head.WithMetadata("k", "\"a\\u0000b\"").WithMetadata("deep", "[\"\\u0000\"]")));
        await test.WriteThreadAsync("cut", head => head.WithMetadata("k", "\"a\""));

        await ExpectFoundAsync(test, "k", "\"a\\u0000b\"", "nul");
        await ExpectFoundAsync(test, "k", "\"a\"", "cut");
    }

    public static async Task Metadata_WithHalfASurrogatePair_ComesBackAndStopsNoListing(LogUnderTest test)
    {
        await test.Log.ExpectThreadAsync(await test.WriteThreadAsync("half", head => head.WithMetadata("k", "\"a\\ud83d\"")));
        await test.WriteThreadAsync("whole", head => head.WithMetadata("k", "\"a\""));

        await ExpectFoundAsync(test, "k", "\"a\"", "whole");
        await ExpectFoundAsync(test, "k", "\"a\\ud83d\"", "half");
        await ExpectFoundAsync(test, "k", "\"a\\ude00\"");
    }

    public static async Task Metadata_WithHostileKeys_ComesBackAndIsFound(LogUnderTest test)
    {
        await test.Log.ExpectThreadAsync(await test.WriteThreadAsync("all", head => HostileKeys.Aggregate(head, (with, key) => with.WithMetadata(key, "1"))));

        foreach (var key in HostileKeys)
        {
            await ExpectFoundAsync(test, key, "1", "all");
            await ExpectFoundAsync(test, key, "2");
        }
    }

    public static async Task Metadata_OfManyKeys_ComesBack(LogUnderTest test)
        => await test.Log.ExpectThreadAsync(await test.WriteThreadAsync(
            "many", head => Enumerable.Range(0, 100).Aggregate(head, (with, i) => with.WithMetadata($"key {i}", $"\"value {i}\""))));

    public static async Task List_ByAString_FindsEqualStringsOnly(LogUnderTest test)
    {
        await WriteAsync(test, ("red", "\"red\""), ("upper", "\"Red\""), ("longer", "\"red \""), ("pattern", "\"r%\""), ("empty", "\"\""), ("escaped", "\"\\u0072ed\""));

        await ExpectFoundAsync(test, "k", "\"red\"", "red", "escaped");
        await ExpectFoundAsync(test, "k", "\"\"", "empty");
        await ExpectFoundAsync(test, "k", "\"r%\"", "pattern");
        await ExpectFoundAsync(test, "k", "\"re\"");
    }

    public static async Task List_ByANumber_FindsEqualNumbersHoweverWritten(LogUnderTest test)
    {
        await WriteAsync(test, ("1", "1"), ("1.0", "1.0"), ("1e0", "1e0"), ("10e-1", "10e-1"), ("1.5", "1.5"), ("-1", "-1"), ("string", "\"1\""), ("true", "true"));
        await WriteAsync(test, ("large", "9007199254740993"), ("neighbour", "9007199254740992"), ("0.1", "0.1"), ("0", "0"), ("1e2", "1e2"), ("100", "100"));

        await ExpectFoundAsync(test, "k", "1", "1", "1.0", "1e0", "10e-1");
        await ExpectFoundAsync(test, "k", "1.00", "1", "1.0", "1e0", "10e-1");
        await ExpectFoundAsync(test, "k", "1.50", "1.5");
        await ExpectFoundAsync(test, "k", "9007199254740993", "large");
        await ExpectFoundAsync(test, "k", "0.10", "0.1");
        await ExpectFoundAsync(test, "k", "0.0", "0");
        await ExpectFoundAsync(test, "k", "100", "100", "1e2");
    }

    public static async Task List_ByTrueFalseOrNull_FindsThatValueOnly(LogUnderTest test)
    {
        await WriteAsync(test, ("true", "true"), ("false", "false"), ("null", "null"), ("text", "\"true\""), ("nothing", "\"null\""), ("one", "1"), ("zero", "0"));
        await test.WriteThreadAsync("missing", head => head);

        await ExpectFoundAsync(test, "k", "true", "true");
        await ExpectFoundAsync(test, "k", "false", "false");
        await ExpectFoundAsync(test, "k", "null", "null");
        await ExpectFoundAsync(test, "k", "\"null\"", "nothing");
    }

    public static async Task List_ByALongString_FindsEqualStringsOnly(LogUnderTest test)
    {
        var (text, huge) = (new string('x', 300), new string('y', 5_000));
        await WriteAsync(test, ("text", $"\"{text}\""), ("other end", $"\"{text[..^1]}z\""), ("longer", $"\"{text}x\""), ("huge", $"\"{huge}\""), ("255", $"\"{text[..255]}\""));
        await WriteAsync(test, ("256", $"\"{text[..256]}\""), ("257", $"\"{text[..257]}\""));

        await ExpectFoundAsync(test, "k", $"\"{text}\"", "text");
        await ExpectFoundAsync(test, "k", $"\"{huge}\"", "huge");
        foreach (var length in (int[])[255, 256, 257])
        {
            await ExpectFoundAsync(test, "k", $"\"{text[..length]}\"", $"{length}");
        }
    }

    public static async Task List_BySeveralKeys_DemandsAllOfThem(LogUnderTest test)
    {
        await test.WriteThreadAsync("both", head => head.WithMetadata("a", "1").WithMetadata("b", "\"x\"").WithMetadata("c", "[]"));
        await test.WriteThreadAsync("a", head => head.WithMetadata("a", "1"));
        await test.WriteThreadAsync("swapped", head => head.WithMetadata("a", "\"x\"").WithMetadata("b", "1"));

        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default, Filter = new ThreadQuery().WithMetadata("a", 1).WithMetadata("b", "x") });

        Expect.Sequence(["both"], listed.Select(head => head.Key.Id.Value), "the threads with both values");
    }

    public static async Task List_ByOneKey_IgnoresTheSameValueUnderAnother(LogUnderTest test)
    {
        await test.WriteThreadAsync("a", head => head.WithMetadata("a", "\"x\""));
        await test.WriteThreadAsync("A", head => head.WithMetadata("A", "\"x\""));

        await ExpectFoundAsync(test, "a", "\"x\"", "a");
        await ExpectFoundAsync(test, "b", "\"x\"");
    }

    public static async Task List_ByAnObjectOrAnArray_IsRefused(LogUnderTest test)
    {
        foreach (var json in (string[])["{}", "[]", "[1]"])
        {
            await Expect.ThrowsAsync<ArgumentException>(() => ExpectFoundAsync(test, "k", json), $"a search for {json}");
        }
    }

    private static async Task WriteAsync(LogUnderTest test, params (string Id, string Json)[] threads)
    {
        foreach (var (id, json) in threads)
        {
            await test.WriteThreadAsync(id, head => head.WithMetadata("k", json));
        }
    }

    private static async Task ExpectFoundAsync(LogUnderTest test, string key, string json, params string[] expected)
    {
        var filter = new ThreadQuery { Metadata = new Dictionary<string, JsonElement> { [key] = LogExpectations.Json(json) } };
        var listed = await test.Log.ListAllAsync(new() { Space = ThreadSpace.Threads, Tenant = test.Tenant, AsOf = default, Filter = filter });
        Expect.Sequence(
            expected.Order(StringComparer.Ordinal), listed.Select(head => head.Key.Id.Value).Order(StringComparer.Ordinal), $"the threads whose '{key}' is {json}");
    }
}
