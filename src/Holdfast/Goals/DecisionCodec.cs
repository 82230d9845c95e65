using System.Globalization;

namespace Holdfast;

/// <summary>Decisions as JSON text and back, and their ids.</summary>
internal static class DecisionCodec
{
    /// <exception cref="InvalidStateValueException">A text cannot be stored.</exception>
    public static byte[] Write(Decision decision)
        => Utf8Json.Write(
            new DecisionDocument
            {
                Text = decision.Text,
                Reason = decision.Reason,
                Alternatives = decision.Alternatives.Count > 0 ? [.. decision.Alternatives] : null,
                Goal = decision.GoalId,
                By = decision.By,
            },
            GoalJson.Relaxed.DecisionDocument,
            "The decision");

    /// <summary>Reads a decision that is not committed yet.</summary>
    public static Decision Read(ReadOnlyMemory<byte> json) => Read(json, "A decision that is not committed");

    /// <summary>Reads a decision.</summary>
    /// <param name="json">Its JSON text.</param>
    /// <param name="end">Its place.</param>
    /// <param name="commit">What its commit says.</param>
    /// <exception cref="InvalidStateValueException">The text is not that of a decision.</exception>
    public static Decision Read(ReadOnlyMemory<byte> json, RecordListEnd end, CommitBody commit)
    {
        var id = IdOf(end.Version, end.Index);
        var decision = Read(json, $"Decision {id}");
        return decision with { Id = id, Number = end.Count, At = commit.At, By = decision.By ?? commit.By };
    }

    public static string IdOf(long version, int index) => string.Create(CultureInfo.InvariantCulture, $"{version}.{index}");

    /// <summary>The version and the place that an id names.</summary>
    public static bool TryParseId(string id, out long version, out int index)
    {
        (version, index) = (0, 0);
        var dot = id.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && long.TryParse(id.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out version)
            && int.TryParse(id.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && IdOf(version, index) == id;
    }

    private static Decision Read(ReadOnlyMemory<byte> json, string path)
    {
        var document = Utf8Json.Read(json.Span, GoalJson.Relaxed.DecisionDocument, path) ?? throw new InvalidStateValueException($"{path} is null; a decision is expected.");
        return new()
        {
            Text = document.Text,
            Reason = document.Reason,
            Alternatives = document.Alternatives?.AsReadOnly() ?? (IReadOnlyList<string>)[],
            GoalId = document.Goal,
            By = document.By,
        };
    }
}
