using System.Reflection;

namespace Holdfast.Tests.Errors;

public sealed class ErrorCodesTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("acme", "a");

    private static readonly AgentStateException[] Errors =
    [
        new ThreadNotFoundException(Key),
        new ThreadExpiredException(Key, DateTimeOffset.UnixEpoch),
        new ThreadAccessDeniedException(Key),
        new ThreadExistsException(Key),
        new CommitConflictException(Key, 1, 2),
        new PartialCommitException(new() { ThreadId = "a", Version = 3, At = DateTimeOffset.UnixEpoch }, ScopeCommit.User, "ann", new StoreUnavailableException("away")),
        new HistoryDroppedException(Key, 3, 7),
        new UnknownPositionException(Key, new(7, new(Guid.Empty), 1), 3),
        new PointNotFoundException(Key, ThreadPoint.AtLabel("l"), 7, "there is no such label."),
        new MergeConflictException(Key, [new("variables", "k", null, null, null)]),
        new LabelExistsException(Key, "l", 3),
        new CorruptStateException(Key, 3, "it is torn."),
        new InvalidBundleException(7, "it is torn."),
        new UnknownFormatException("Version 1 of thread 'a'", 2, 1),
        new NewerSchemaException(Key, 3, 2),
        new StateMigrationException(Key, 1, 2, "no such key."),
        new StateTooLargeException("too large"),
        new InvalidStateValueException("no JSON"),
        new InvalidIdentifierException("no id"),
        new InvalidTransitionException(ThreadStatus.Completed, ThreadStatus.UsingTool),
        new StoreUnavailableException("away"),
        new TurnBusyException(Key, new("t"), "is running"),
        new TurnQueueFullException(Key, 16),
        new TurnSuspendedException(new("t"), null),
        new TurnEndedException(new("t"), TurnState.Completed),
        new ReplyLimitException(new("t"), 40),
        new LeaseLostException(Key, 3, "other"),
        new OpenCallsException(Key, ["call"]),
        new StepFailedException("step", "declined", 1),
        new StepUnknownException("step"),
        new StepChangedException("step", "input"),
        new InterruptNotFoundException(new("i")),
        new InterruptClosedException(new("i"), InterruptState.Withdrawn, null),
        new AnswerNotAllowedException(new("i"), AnswerKinds.Edit, AnswerKinds.Accept),
        new ApprovalMismatchException("call"),
        new StateConfigurationException("no setting"),
    ];

    [Fact]
    public void EachException_HasACodeOfItsOwn()
    {
        Errors.Select(error => error.Code).ShouldBe(
            typeof(ErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!), ignoreOrder: true);
        Errors.Select(error => error.GetType()).ShouldBe(
            typeof(AgentStateException).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(AgentStateException))), ignoreOrder: true);
        Errors.ShouldAllBe(error => error.GetType().IsSealed);
    }

    [Fact]
    public void Codes_AreStable()
        => Errors.Select(error => error.Code).ShouldBe(
            [
                "thread-not-found", "thread-expired", "access-denied", "thread-exists", "commit-conflict", "partial-commit", "history-dropped", "unknown-position", "point-not-found", "merge-conflict", "label-exists", "corrupt-state", "invalid-bundle", "unknown-format", "newer-schema", "migration-failed", "too-large",
                "invalid-value", "invalid-identifier", "invalid-transition", "store-unavailable", "turn-busy", "turn-queue-full", "turn-suspended", "turn-ended", "reply-limit", "lease-lost", "open-calls", "step-failed", "step-unknown", "step-changed",
                "interrupt-not-found", "interrupt-closed", "answer-not-allowed", "approval-mismatch", "invalid-configuration",
            ]);

    [Fact]
    public void Messages_SayWhereAndWhatWasFound()
    {
        new CommitConflictException(Key, 1, 2, "both").Message.ShouldBe(
            "Thread 'acme:a' was expected at version 1 and is at 2: both. Nothing was written. Open the thread again and repeat the change, or use UpdateAsync, which does so.");
        new CorruptStateException(Key, 3, "it is torn.").Message.ShouldBe("Thread 'acme:a' is damaged at version 3: it is torn.");
        new CorruptStateException(Key, 0, "it is torn.").Message.ShouldBe("Thread 'acme:a' is damaged: it is torn.");
        new ThreadNotFoundException(Key, deleted: true).Message.ShouldContain("RestoreDeletedAsync");
        new UnknownFormatException("X", 2, 1).Message.ShouldBe("X has format 2; this version of Holdfast knows formats up to 1. Update Holdfast.");
    }
}
