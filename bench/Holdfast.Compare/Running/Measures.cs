namespace Holdfast.Compare.Running;

/// <summary>The names of what is measured, as in the results.</summary>
internal static class Measures
{
    public const string TurnP50 = "turn p50 ms";
    public const string TurnP95 = "turn p95 ms";
    public const string TurnBytes = "bytes written per turn";
    public const string Resume = "resume p50 ms";
    public const string ResumeP95 = "resume p95 ms";
    public const string Many = "32 threads turns per second";
    public const string RaceKept = "race turns whose messages were kept";
    public const string RaceVariables = "race turns whose variable was kept";
    public const string RaceReported = "race conflicts reported";
    public const string GrowthTurns = "growth turns";
    public const string GrowthSeconds = "growth seconds";
    public const string GrowthStored = "growth bytes stored per turn";
    public const string GrowthWritten = "growth bytes written per turn";
    public const string Rollback = "rollback ms";
    public const string Fork = "fork ms";
    public const string KillAcknowledged = "kill turns acknowledged";
    public const string KillLost = "kill acknowledged turns lost";
}
