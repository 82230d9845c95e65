using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;
using Holdfast.Logs;
using Holdfast.Testing;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A table that an earlier version wrote is read as it was written. The fixture has the items one a line, as DynamoDB's own JSON.</summary>
public sealed class FormatTests
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Fixture => Path.Combine(AppContext.BaseDirectory, "Fixtures", "format-1.jsonl");

    [Fact]
    public async Task Fixture_IsReadAsItWasWrittenAndGoesOn()
    {
        await using var table = await OwnTable.CreateAsync();
        using var client = await SharedServer.ClientAsync();
        foreach (var line in await File.ReadAllLinesAsync(Fixture))
        {
            await client.PutItemAsync(table.Name, Read(JsonNode.Parse(line)!.AsObject()));
        }

        await using var expected = new InMemoryCommitLog();
        await FormatStore.WriteAsync(expected);

        (await FormatStore.DescribeAsync(table.Log)).ShouldBe(await FormatStore.DescribeAsync(expected));
        foreach (var key in FormatStore.All)
        {
            var thread = ThreadWriter.From(key, await table.Log.ReadTailAsync(key, int.MaxValue));
            await thread.AppendAsync(table.Log);
            await Crashes.ExpectAsync(table.Log, thread);
        }

        await table.Log.CollectOrphansAsync(TimeSpan.Zero);
        await table.ShouldHaveNoOrphansAsync();
    }

    [Fact]
    public async Task Store_IsWrittenAsInTheFixture()
    {
        await using var table = await OwnTable.CreateAsync();

        await FormatStore.WriteAsync(table.Log);

        var lines = (await table.ScanAsync()).Select(Write).Order(StringComparer.Ordinal).ToList();
        if (Environment.GetEnvironmentVariable("HOLDFAST_WRITE_FIXTURE") is { Length: > 0 } file)
        {
            await File.WriteAllTextAsync(file, string.Concat(lines.Select(line => line + "\n")));
        }

        lines.ShouldBe(await File.ReadAllLinesAsync(Fixture));
    }

    private static string Write(Item item)
        => new JsonObject(item.OrderBy(attribute => attribute.Key is "pk" ? "" : attribute.Key is "sk" ? " " : attribute.Key, StringComparer.Ordinal)
            .Select(attribute => KeyValuePair.Create<string, JsonNode?>(attribute.Key, Write(attribute.Value)))).ToJsonString(Readable);

    private static JsonObject Write(AttributeValue value) => value switch
    {
        { S: { } text } => new() { ["S"] = text },
        { N: { } number } => new() { ["N"] = number },
        { BOOL: { } flag } => new() { ["BOOL"] = flag },
        { B: { } bytes } => new() { ["B"] = Convert.ToBase64String(bytes.ToArray()) },
        { BS: { Count: > 0 } set } => new() { ["BS"] = new JsonArray([.. set.Select(bytes => Convert.ToBase64String(bytes.ToArray())).Order(StringComparer.Ordinal).Select(text => (JsonNode)text)]) },
        _ => throw new InvalidOperationException("No attribute is of another kind."),
    };

    private static Item Read(JsonObject item) => item.ToDictionary(attribute => attribute.Key, attribute => Read(attribute.Value!.AsObject().Single()));

    private static AttributeValue Read(KeyValuePair<string, JsonNode?> value) => value.Key switch
    {
        "S" => new(value.Value!.GetValue<string>()),
        "N" => new() { N = value.Value!.GetValue<string>() },
        "BOOL" => new() { BOOL = value.Value!.GetValue<bool>() },
        "B" => new() { B = new(Convert.FromBase64String(value.Value!.GetValue<string>())) },
        "BS" => new() { BS = [.. value.Value!.AsArray().Select(bytes => new MemoryStream(Convert.FromBase64String(bytes!.GetValue<string>())))] },
        _ => throw new InvalidOperationException($"No attribute is of the kind '{value.Key}'."),
    };
}
