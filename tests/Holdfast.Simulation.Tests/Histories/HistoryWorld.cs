namespace Holdfast.Simulation.Tests.Histories;

/// <summary>What the clients of a run share, and what all threads must show.</summary>
internal sealed class HistoryWorld : World
{
    private const string Tombstone = "[redacted]";
    private static readonly string Long = new('x', 9_000);

    private readonly List<string> _secrets = [];
    private readonly HashSet<string> _redacting = [];
    private int _number;

    public HistoryWorld(int seed, SimulationOptions options)
        : base(seed, options)
        => Front = Histories = new(Hot, this);

    public HistoryLog Histories { get; }

    /// <summary>What the client that goes on now wants; once all have stopped, what is checked then.</summary>
    public Intent Intent => Current is HistoryClient client ? client.Intent : LastIntent;

    public Intent LastIntent { get; set; } = Intent.NoCommit("the check");

    public IReadOnlyCollection<string> Redacting => _redacting;

    /// <summary>The id of a thread, whether it stands or not.</summary>
    public ThreadId SomeId() => ThreadId.Parse(OneOf(["a", "a", "a", "b", "fork-1", "fork-2"]));

    public int NewNumber() => ++_number;

    /// <summary>A text that no other message has.</summary>
    public string NewText() => $"m{NewNumber()}{(Chance(0.2) ? $" {NewSecret()}" : "")}{(Chance(0.5) ? $" {Long}" : "")}";

    /// <summary>Something that may be redacted later.</summary>
    public string NewSecret()
    {
        _secrets.Add($"secret {NewNumber()}#");
        return _secrets[^1];
    }

    /// <summary>Begins to redact something, mostly what a thread shows: from here on, nobody can say whether it is still there.</summary>
    public string? SomeSecretToRedact(HistoryLife life)
    {
        var shown = _secrets.Where(secret => life.Newest.Lines.Exists(line => line.Text.Contains(secret, StringComparison.Ordinal))).ToList();
        var choices = shown.Count > 0 && Chance(0.8) ? shown : _secrets;
        if (choices.Count == 0)
        {
            return null;
        }

        var secret = OneOf(choices);
        _redacting.Add(secret);
        return secret;
    }

    /// <summary>The text without what is being redacted.</summary>
    public string Without(string text) => _redacting.Aggregate(text, (rest, secret) => rest.Contains('#', StringComparison.Ordinal) ? rest.Replace(secret, Tombstone, StringComparison.Ordinal) : rest);

    /// <summary>What was redacted to the end.</summary>
    public HashSet<string> Redacted { get; } = new(StringComparer.Ordinal);

    /// <summary>A thread that stands; null if none does.</summary>
    public HistoryLife? SomeLife() => Histories.Standing is { Count: > 0 } standing ? OneOf(standing) : null;

    /// <summary>A version of a life, the newest one more often than others.</summary>
    public long SomeVersion(HistoryLife life) => Chance(0.3) ? life.Last : Random.NextInt64(Math.Max(life.First - 1, 0), life.Last + 1);
}
