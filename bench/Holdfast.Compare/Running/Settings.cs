using System.Globalization;

namespace Holdfast.Compare.Running;

/// <summary>What a run does, and for how long.</summary>
internal sealed record Settings(string Peers, string Packages, string Node22, string Results, string Document)
{
    /// <summary>Only the contestants whose names contain one of these; all if there are none.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    public bool Quick { get; init; }

    public int Repetitions { get; init; } = 5;

    public IReadOnlyList<int> Histories { get; init; } = [10, 100, 1_000, 5_000];

    /// <summary>The most turns that are timed in one cell, and the most seconds.</summary>
    public int Turns { get; init; } = 60;

    public double TurnSeconds { get; init; } = 0.7;

    /// <summary>How long everybody runs on a thread of its own before anything is measured.</summary>
    public double WarmSeconds { get; init; } = 1;

    public int Resumes { get; init; } = 15;

    public double ResumeSeconds { get; init; } = 0.5;

    /// <summary>How many messages each of the threads has that are written at once.</summary>
    public int ManyHistory { get; init; } = 100;

    public double ManySeconds { get; init; } = 0.6;

    /// <summary>How many turns are made at the same time on one thread.</summary>
    public int RaceTurns { get; init; } = 20;

    public int GrowthTurns { get; init; } = 1_000;

    public double GrowthSeconds { get; init; } = 8;

    public int KillRounds { get; init; } = 5;

    public static Settings Parse(string[] args)
    {
        string? Find(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
        string Need(string name) => Find(name) ?? throw new ArgumentException($"{name} is missing. bench/compare.sh sets it.");
        var settings = new Settings(Need("--peers"), Need("--packages"), Need("--node22"), Need("--results"), Need("--document"))
        {
            Only = Find("--only")?.Split(',') ?? [],
        };
        settings = args.Contains("--quick") ? OfQuickRun(settings) : settings;
        return Find("--repetitions") is { } repetitions ? settings with { Repetitions = int.Parse(repetitions, CultureInfo.InvariantCulture) } : settings;
    }

    private static Settings OfQuickRun(Settings settings) => settings with
    {
        Quick = true,
        Repetitions = 2,
        Histories = [10, 100, 1_000],
        Turns = 20,
        TurnSeconds = 0.3,
        WarmSeconds = 0.2,
        Resumes = 5,
        ResumeSeconds = 0.2,
        ManyHistory = 10,
        ManySeconds = 0.3,
        GrowthSeconds = 1.5,
        KillRounds = 1,
    };
}
