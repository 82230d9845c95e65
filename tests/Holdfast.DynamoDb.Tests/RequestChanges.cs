using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.DynamoDb.Tests;

/// <summary>What a proxy makes of requests and answers.</summary>
public interface IRequestChange
{
    string Ask(string operation, string body);

    byte[] Answer(string operation, string body, byte[] answer);
}

/// <summary>Lets the server answer in pages of two, as it does by itself only where items are large or many.</summary>
internal sealed class SmallPages : IRequestChange
{
    private const int Size = 2;

    public string Ask(string operation, string body)
    {
        var request = JsonNode.Parse(body)!.AsObject();
        if (operation == "Query")
        {
            request["Limit"] = Math.Min(request["Limit"]?.GetValue<int>() ?? Size, Size);
        }
        else if (operation == "BatchGetItem")
        {
            foreach (var (_, table) in request["RequestItems"]!.AsObject())
            {
                table!["Keys"] = new JsonArray([.. Keys(table).Take(Size)]);
            }
        }

        return request.ToJsonString();
    }

    public byte[] Answer(string operation, string body, byte[] answer)
    {
        if (operation != "BatchGetItem")
        {
            return answer;
        }

        var (left, response) = (new JsonObject(), JsonNode.Parse(answer)!);
        foreach (var (name, table) in JsonNode.Parse(body)!["RequestItems"]!.AsObject())
        {
            if (Keys(table!).Skip(Size).ToArray() is { Length: > 0 } keys)
            {
                left[name] = new JsonObject { ["Keys"] = new JsonArray(keys), ["ConsistentRead"] = true };
            }
        }

        response["UnprocessedKeys"] = left;
        return Encoding.UTF8.GetBytes(response.ToJsonString());
    }

    private static IEnumerable<JsonNode> Keys(JsonNode table) => table["Keys"]!.AsArray().Select(key => key!.DeepClone());
}

/// <summary>Asks the server what each request costs.</summary>
internal sealed class CountedUnits : IRequestChange
{
    private readonly ConcurrentQueue<double> _units = new();

    public double Total => _units.Sum();

    public string Ask(string operation, string body)
    {
        var request = JsonNode.Parse(body)!;
        request["ReturnConsumedCapacity"] = "TOTAL";
        return request.ToJsonString();
    }

    public byte[] Answer(string operation, string body, byte[] answer)
    {
        var consumed = JsonElement.Parse(answer).GetProperty("ConsumedCapacity");
        _units.Enqueue((consumed.ValueKind == JsonValueKind.Array ? consumed[0] : consumed).GetProperty("CapacityUnits").GetDouble());
        return answer;
    }
}

/// <summary>Asks the server what each request costs the table and each of its indexes.</summary>
internal sealed class UnitsByIndex : IRequestChange
{
    private readonly ConcurrentDictionary<string, double> _units = new();

    public double Total => _units.Values.Sum();

    public double this[string index] => _units.GetValueOrDefault(index);

    public string Ask(string operation, string body)
    {
        var request = JsonNode.Parse(body)!;
        request["ReturnConsumedCapacity"] = "INDEXES";
        return request.ToJsonString();
    }

    public byte[] Answer(string operation, string body, byte[] answer)
    {
        var consumed = JsonElement.Parse(answer).GetProperty("ConsumedCapacity");
        foreach (var table in consumed.ValueKind == JsonValueKind.Array ? consumed.EnumerateArray().ToArray() : [consumed])
        {
            Add("table", table.GetProperty("Table"));
            if (table.TryGetProperty("GlobalSecondaryIndexes", out var indexes))
            {
                foreach (var index in indexes.EnumerateObject())
                {
                    Add(index.Name, index.Value);
                }
            }
        }

        return answer;
    }

    private void Add(string name, JsonElement consumed) => _units.AddOrUpdate(name, Units(consumed), (_, before) => before + Units(consumed));

    private static double Units(JsonElement consumed) => consumed.GetProperty("CapacityUnits").GetDouble();
}

/// <summary>Lets only one of the reasons for which a transaction was cancelled be told.</summary>
internal sealed class OneReason(int told) : IRequestChange
{
    public string Ask(string operation, string body) => body;

    public byte[] Answer(string operation, string body, byte[] answer)
    {
        var response = JsonNode.Parse(answer)!.AsObject();
        if (response["CancellationReasons"] is not JsonArray reasons)
        {
            return answer;
        }

        for (var i = 0; i < reasons.Count; i++)
        {
            reasons[i] = i == told ? reasons[i]!.DeepClone() : new JsonObject { ["Code"] = "None" };
        }

        return Encoding.UTF8.GetBytes(response.ToJsonString());
    }
}
