using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>What one commit may change, given what was before it.</summary>
internal sealed class CommitRules(AgentWorld world, ThreadLife life, ThreadFacts before, CommitBody body, AppendRequest request)
{
    private const int MostBytes = 24 * 1024;
    private const string InputPrefix = "$input/";

    // What only the runner of a turn commits.
    private static readonly HashSet<string> Runners =
        ["said", "replied", "asked", "deadline passed", "step begun", "step done", "step failed", "step runs again", "delay begun", "delay over", "turn sleeps", "turn waits", "turn completed", "turn handed back", "tool refused", "tool not found"];

    private readonly ThreadFacts _after = life.Facts;
    private readonly List<string> _results = [];
    private readonly string _what = $"version {request.Entry.Version} of {request.Entry.Key} ('{body.Reason}' by {Fiber.Current?.ToString() ?? "a timer"})";

    public void Check()
    {
        if (body.Change.Deleted is true)
        {
            // What waits is not for a thread that comes back.
            world.Messages.Where(said => said.Thread == life.Key.Id).ToList().ForEach(said => said.MayBeGone = true);
            life.Keys.Clear();
        }

        CheckMessages();
        CheckLease();
        CheckTurns();
        CheckSteps();
        CheckInterrupts();
        CheckHead();
    }

    private void CheckMessages()
    {
        foreach (var message in body.Change.Messages.Select(message => message.ToChatMessage()))
        {
            if (message.Role == ChatRole.User)
            {
                life.Said.Add(message.Text);
            }

            foreach (var content in message.Contents)
            {
                switch (content)
                {
                    case FunctionCallContent call:
                        Require(Rules.Once, life.Calls.TryAdd((body.Turn ?? "", call.CallId), call), $"stores call {call.CallId} a second time");
                        break;
                    case FunctionResultContent result:
                        // Repair answers calls of the turn before.
                        var turn = life.Calls.Keys.LastOrDefault(call => call.Call == result.CallId).Turn ?? "";
                        Require(Rules.Once, life.Results.Add((turn, result.CallId)), $"stores the result of {result.CallId} a second time");
                        life.Outputs.Add(result.Result?.ToString() ?? "");
                        _results.Add(result.CallId);
                        break;
                }
            }
        }

        foreach (var record in body.Change.Records.Where(record => record.Name?.StartsWith(InputPrefix, StringComparison.Ordinal) is true))
        {
            life.Inputs[record.Name![InputPrefix.Length..]] = [.. JsonElement.Parse(record.Json.Span).EnumerateArray().Select((message, i) => new StoredMessage(Utf8Json.Raw(message, $"messages[{i}]")).ToChatMessage().Text)];
        }

        foreach (var text in body.Change.Messages.Select(message => message.ToChatMessage().Text).Concat(life.Inputs.Values.SelectMany(texts => texts)).Distinct())
        {
            Require(Rules.Said, life.CountOf(text) <= 1, $"has '{text}' {life.CountOf(text)} times");
        }

        foreach (var record in body.Change.Records.Where(record => record.Name?.StartsWith("$step/", StringComparison.Ordinal) is true))
        {
            life.Outputs.Add(Encoding.UTF8.GetString(record.Json.Span).Trim('"'));
        }
    }

    private void CheckLease()
    {
        if (body.Turn is { } turn && Runners.Contains(body.Reason ?? "") && before.Turns.TryGetValue(turn, out var runs) && !runs.IsParallel)
        {
            Require(Rules.Tokens, before.Lease?.Turn == turn && life.Holder == Fiber.Current, $"is made for a turn that is held by {life.Holder} with token {before.Lease?.Token}");
        }

        if (_after.Lease is { } lease && lease.Token != before.Lease?.Token)
        {
            Require(Rules.Tokens, lease.Token == request.Entry.Version && lease.Token > life.Token, $"takes the lease with token {lease.Token} after {life.Token}");
            (life.Holder, life.Token) = (Fiber.Current, lease.Token);
        }

        // One that was left by its runner stays as it is until somebody takes the lease for it.
        foreach (var (id, running) in _after.Turns.Where(pair => pair.Value is { State: TurnState.Running, IsParallel: false }))
        {
            var ran = before.Turns.GetValueOrDefault(id);
            Require(Rules.Tokens, _after.Lease?.Turn == id || (ran is { State: TurnState.Running, IsParallel: false } && ran.Attempt == running.Attempt), $"lets turn {id} run without the lease");
        }
    }

    private void CheckTurns()
    {
        foreach (var (id, queued) in before.Queue.Where(queued => !_after.Queue.ContainsKey(queued.Key)))
        {
            if (!_after.Turns.ContainsKey(id) && body.Reason != "turn begun")
            {
                // Cancelled before it began.
                world.Messages.Where(said => said.Thread == life.Key.Id && !life.Said.Contains(said.Text)).ToList().ForEach(said => said.MayBeGone |= said.Key == queued.Key);
                life.Keys.Remove(queued.Key ?? "");
            }
        }

        foreach (var (id, turn) in _after.Turns)
        {
            var was = before.Turns.GetValueOrDefault(id);
            Require(Rules.Table, IsTurnStep(was?.State, turn.State, life.Ended.TryGetValue(id, out var ended) ? ended : null), $"makes a turn that was {was?.State.ToString() ?? "not there"} {turn.State}");
            CheckKey(turn.Key, id);
        }

        foreach (var (id, queued) in _after.Queue)
        {
            CheckKey(queued.Key, id);
        }

        foreach (var id in before.Turns.Keys.Where(id => !_after.Turns.ContainsKey(id)))
        {
            var record = body.Change.Records.Where(record => record is { Name: null, Kind: StoredRecord.Turn })
                .Select(record => JsonSerializer.Deserialize(record.Json.Span, TurnJson.Compact.TurnRecord)!).FirstOrDefault(record => record.Id == id);
            Require(Rules.Table, record is not null && record.Turn.State is TurnState.Completed or TurnState.Cancelled or TurnState.Failed, "removes a turn and does not say how it ended");
            Require(Rules.Table, record!.Turn.State != TurnState.Completed || before.Turns[id].State == TurnState.Running, $"completes a turn that was {before.Turns[id].State}");
            life.Ended[id] = record.Turn.State;
            world.Count($"turn {record.Turn.State.ToString().ToLowerInvariant()}");
        }
    }

    private void CheckKey(string? key, string turn)
    {
        if (key is not null)
        {
            Require(Rules.Keys, life.Keys.TryAdd(key, turn) || life.Keys[key] == turn, $"begins another turn with {key}");
        }
    }

    private static bool IsTurnStep(TurnState? before, TurnState after, TurnState? ended) => (before, after) switch
    {
        (null, TurnState.Running) => ended is null or TurnState.Failed,
        (TurnState.Running, TurnState.Running or TurnState.Interrupted or TurnState.Sleeping or TurnState.Failed) => true,
        (TurnState.Interrupted, TurnState.Interrupted or TurnState.Running) => true,
        (TurnState.Sleeping, TurnState.Sleeping or TurnState.Running) => true,
        (TurnState.Failed, TurnState.Failed or TurnState.Running) => true,
        _ => false,
    };

    private void CheckSteps()
    {
        foreach (var (key, step) in _after.Steps)
        {
            var was = before.Steps.GetValueOrDefault(key);
            if (was is null && step.State is StepState.Completed or StepState.Failed && body.Reason == "turn resumed")
            {
                // A failed turn that is begun again gets what it had.
                continue;
            }

            Require(Rules.Once, was?.State is not (StepState.Completed or StepState.Failed) || step == was, $"changes step {key}, which was {was?.State}");
            Require(Rules.Table, IsStepStep(was?.State, step.State), $"makes step {key} {step.State} that was {was?.State.ToString() ?? "not there"}");
            if (step.State == StepState.Started && step.Attempt != was?.Attempt)
            {
                life.Starts[key] = life.Starts.GetValueOrDefault(key) + 1;
            }
        }

        foreach (var key in before.Steps.Keys.Where(key => !_after.Steps.ContainsKey(key)))
        {
            Require(Rules.Table, !_after.Turns.ContainsKey(key[..key.IndexOf('/', StringComparison.Ordinal)]), $"removes step {key} of a turn that is open");
        }
    }

    private static bool IsStepStep(StepState? before, StepState after) => (before, after) switch
    {
        (null, _) => true,
        (StepState.Started, _) => true,
        (StepState.Waiting, _) => true,
        (var same, _) => same == after,
    };

    private void CheckInterrupts()
    {
        foreach (var (id, asked) in _after.Interrupts)
        {
            var was = before.Interrupts.GetValueOrDefault(id);
            Require(Rules.Table, IsInterruptStep(was?.State, asked.State) || (was is { State: InterruptState.Withdrawn, Answer: not null } && asked.State == InterruptState.Answered && IsRevived(asked.Turn)), $"makes question '{asked.Name}' {asked.State} that was {was?.State.ToString() ?? "not there"}");
            Require(Rules.Acknowledged, was?.Answer is null || was.Answer == asked.Answer, $"changes the answer to '{asked.Name}'");
            if (asked.State == InterruptState.Answered && was?.State == InterruptState.Pending)
            {
                life.Answers[id] = asked.Answer!;
                Require(Rules.Table, !(asked.Until <= asked.Answer!.At), $"answers '{asked.Name}' after its deadline");
                if (asked is { Kind: InterruptKinds.UnknownStep, Answer.Kind: AnswerKinds.Accept })
                {
                    var step = $"{asked.Turn}/{asked.Name[(asked.Name.IndexOf(':', StringComparison.Ordinal) + 1)..]}";
                    life.RunAgain[step] = life.RunAgain.GetValueOrDefault(step) + 1;
                }

                if (asked.Answer is { Kind: AnswerKinds.Edit })
                {
                    life.Edits[id] = Encoding.UTF8.GetString(body.Change.Records.First(record => record.Name == TurnSections.AnswerRecord(new(id))).Json.Span);
                }
            }

            if (asked.Call is { } call)
            {
                CheckApplied(was, asked, call);
            }
        }

        foreach (var (id, asked) in before.Interrupts.Where(asked => !_after.Interrupts.ContainsKey(asked.Key)))
        {
            Require(Rules.Table, !_after.Turns.ContainsKey(asked.Turn) || (asked is { State: InterruptState.Withdrawn, Answer: null } && IsRevived(asked.Turn)), $"forgets question '{asked.Name}' ({id}) of an open turn");
        }
    }

    private void CheckApplied(InterruptDocument? was, InterruptDocument asked, string call)
    {
        var isClosed = !_after.Turns.ContainsKey(asked.Turn);
        var hasResult = _results.Contains(call);
        var isUsed = asked.State == InterruptState.Applied && was?.State != InterruptState.Applied;
        Require(Rules.Applied, !isUsed || hasResult || isClosed, $"uses up the answer to '{asked.Name}' without a result");
        Require(Rules.Applied, !hasResult || asked.State is InterruptState.Applied or InterruptState.Withdrawn || isClosed, $"has the result of {call}, and the answer to '{asked.Name}' is {asked.State}");
    }

    // A turn that had ended, and goes on, has the answers that it was given; what nobody answered it may ask once more.
    private bool IsRevived(string turn) => !before.Turns.ContainsKey(turn) && _after.Turns.ContainsKey(turn);

    private static bool IsInterruptStep(InterruptState? before, InterruptState after) => (before, after) switch
    {
        (null, InterruptState.Pending) => true,
        (InterruptState.Pending, not InterruptState.Applied) => true,
        (InterruptState.Answered or InterruptState.Expired, InterruptState.Applied or InterruptState.Withdrawn) => true,
        (var same, _) => same == after,
    };

    private void CheckHead()
    {
        var facts = TurnFacts.Of(life.State, life.State.OpenCalls);
        var head = request.Head;
        Require(Rules.Follows, head.DueAt == facts.DueAt, $"has the due time {head.DueAt:O}; what is folded says {facts.DueAt:O}");
        Require(Rules.Follows, head.Terms.SequenceEqual(facts.Terms), $"has the terms [{string.Join(", ", head.Terms)}]; what is folded says [{string.Join(", ", facts.Terms)}]");
        Require(Rules.Follows, head.Status == (facts.Status ?? head.Status), $"has the status {head.Status}; what is folded says {facts.Status}");
        Require(Rules.Bounds, _after.Bytes <= MostBytes, $"folds {_after.Bytes.ToString(CultureInfo.InvariantCulture)} bytes of turns");
        Require(Rules.Chain, body.State is not { } keyframe || keyframe.SameAs(life.State), "has a keyframe that is not what is folded");
    }

    private void Require(string rule, bool holds, string what) => world.Require(rule, holds, $"{_what} {what}");
}
