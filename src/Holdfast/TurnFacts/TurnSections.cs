namespace Holdfast;

/// <summary>The names under which the engine keeps what it knows of turns. All of it is small; what grows is a record.</summary>
internal static class TurnSections
{
    /// <summary>Turn id → a turn that has not ended, or that failed and can be resumed.</summary>
    public const string Turns = "$turn";

    /// <summary>Turn id → input that waits for its turn.</summary>
    public const string Queue = "$queue";

    /// <summary>Turn id → why it is to be cancelled. Others than its runner write it.</summary>
    public const string Cancel = "$cancel";

    /// <summary>Turn id/key of a step → what became of the step.</summary>
    public const string Steps = "$steps";

    /// <summary>Interrupt id → what is asked, and what was answered.</summary>
    public const string Interrupts = "$interrupts";

    /// <summary><c>holder</c> → who runs the thread; <c>at</c> → when it last committed.</summary>
    public const string Lease = "$lease";

    /// <summary>The digest of an idempotency key → the version of the record of the turn that ended with it; the newest ones. <c>p</c> and a version → a page with others, which is a record there.</summary>
    public const string Keys = "$keys";

    public const string Holder = "holder";
    public const string HeldAt = "at";

    public static string StepRecord(string key) => "$step/" + key;

    public static string AskRecord(InterruptId id) => "$ask/" + id.Value;

    public static string AnswerRecord(InterruptId id) => "$answer/" + id.Value;

    public static string InputRecord(string turn) => "$input/" + turn;

    /// <summary>The key under which a step of a turn is kept.</summary>
    public static string StepKey(TurnId turn, string key) => $"{turn}/{key}";
}
