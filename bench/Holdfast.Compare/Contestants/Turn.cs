using System.Globalization;

namespace Holdfast.Compare.Contestants;

/// <summary>What is stored at once: two messages of 500 characters and two variables (in a race, one).</summary>
[GenerateSerializer]
internal sealed record Turn(int Index, Message User, Message Assistant, IReadOnlyDictionary<string, object> Variables)
{
    private const int Length = 500;

    // Words that do not repeat within the window of a compressor.
    private static readonly string[] Fillers = [.. MakeFillers(64)];

    /// <summary>The turn that adds the messages at this index and the next.</summary>
    public static Turn At(string thread, int index) => new(
        index,
        MessageAt(thread, index),
        MessageAt(thread, index + 1),
        new Dictionary<string, object> { ["turn"] = index / 2, ["topic"] = $"topic {index / 2} {Fillers[index % Fillers.Length][..48]}" });

    /// <summary>The turn of one of several writers at once.</summary>
    public static Turn OfWriter(string thread, int writer)
        => At(thread, 2 * writer) with { Variables = new Dictionary<string, object> { [string.Create(CultureInfo.InvariantCulture, $"w{writer}")] = writer } };

    public static IEnumerable<Message> Messages(string thread, int count) => Enumerable.Range(0, count).Select(index => MessageAt(thread, index));

    private static Message MessageAt(string thread, int index) => new(
        $"{thread}-{index}",
        index % 2 == 0 ? "user" : "assistant",
        string.Concat($"message {index} of {thread}: ", Fillers[index % Fillers.Length])[..Length]);

    private static IEnumerable<string> MakeFillers(int count)
    {
        uint state = 42;
        for (var i = 0; i < count; i++)
        {
            yield return string.Join(' ', Enumerable.Range(0, 90).Select(_ => ToBase36((state = (state * 1664525) + 1013904223) / 71)));
        }
    }

    private static string ToBase36(uint number)
    {
        var text = "";
        for (; number > 0; number /= 36)
        {
            text = "0123456789abcdefghijklmnopqrstuvwxyz"[(int)(number % 36)] + text;
        }

        return text;
    }
}
