using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>Runs steps of a turn: a durable result is never computed again.</summary>
internal sealed class StepRunner(TurnRun run, Turn turn, InterruptRaiser asking)
{
    public const string StepKind = "step";
    public const string ToolKind = "tool";
    public const string DelayKind = "delay";

    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(36_500);

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);

    /// <summary>Runs a step, or gives what is recorded of it.</summary>
    public async ValueTask<T> RunAsync<T>(StepWork<T> step, CancellationToken cancellationToken)
    {
        step.Options.Validate();
        run.RefuseIfOver();
        var key = Begin(Identifiers.Check(step.Name, "step name"), step.Options.Key);
        run.Enter();
        try
        {
            var known = await run.Writer.ReadAsync(book => new ValueTask<StepDocument?>(book.Step(run.Id, key)), cancellationToken).ConfigureAwait(false);
            RefuseIfChanged(key, known, step.Kind, step.Options.Input);
            return known?.State switch
            {
                StepState.Completed => await RecordedAsync(key, step, cancellationToken).ConfigureAwait(false),
                StepState.Failed => throw new StepFailedException(key, known.Error ?? "", known.Attempt),
                StepState.Started => await UnknownAsync(key, known, step, cancellationToken).ConfigureAwait(false),
                _ => await WorkAsync(key, (known?.Attempt ?? 0) + 1, step, cancellationToken).ConfigureAwait(false),
            };
        }
        finally
        {
            lock (_running)
            {
                _running.Remove(key);
            }

            await run.LeaveAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Waits: here for as long as the lease lasts, longer by letting the turn sleep.</summary>
    public async ValueTask DelayAsync(string name, TimeSpan time, CancellationToken cancellationToken)
    {
        if (time < TimeSpan.Zero || time > LongestDelay)
        {
            throw new ArgumentOutOfRangeException(nameof(time), $"A delay must be 0 to {LongestDelay.TotalDays:N0} days; it is {time}.");
        }

        run.RefuseIfOver();
        var key = Begin(Identifiers.Check(name, "step name"), null);
        try
        {
            var step = await run.Writer.ReadAsync(book => new ValueTask<StepDocument?>(book.Step(run.Id, key)), cancellationToken).ConfigureAwait(false);
            RefuseIfChanged(key, step, DelayKind, null);
            if (step?.State == StepState.Completed)
            {
                return;
            }

            var until = step?.Until ?? run.Now + (long)time.TotalMilliseconds;
            var left = TimeSpan.FromMilliseconds(Math.Max(0, until - run.Now));
            var waits = new StepDocument { Kind = DelayKind, State = StepState.Waiting, At = run.Now, Until = until };
            if (left > run.Options.Lease)
            {
                throw await run.SuspendAsync("turn sleeps", book => book.Put(run.Id, key, waits), DateTimeOffset.FromUnixTimeMilliseconds(until)).ConfigureAwait(false);
            }

            if (step is null && left > TimeSpan.Zero)
            {
                await run.WriteAsync("delay begun", (book, _) => book.Put(run.Id, key, waits)).ConfigureAwait(false);
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, run.Stopping);
            await Task.Delay(left, run.Store.Time, stop.Token).ConfigureAwait(false);
            await run.WriteAsync("delay over", (book, _) => book.Put(run.Id, key, waits with { State = StepState.Completed, At = run.Now })).ConfigureAwait(false);
        }
        finally
        {
            lock (_running)
            {
                _running.Remove(key);
            }
        }
    }

    /// <summary>The key that services are given, the same each time a step runs.</summary>
    public string IdempotencyKeyOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Session.Base!.Life}\n{run.Id}\n{key}"), hash);
        return $"hf_{Convert.ToHexStringLower(hash)[..26]}";
    }

    // Steps of one name are numbered in the order in which they begin; side by side that order means nothing.
    private string Begin(string name, string? own)
    {
        lock (_running)
        {
            if (own is not null)
            {
                var key = $"{name}/{Identifiers.Check(own, "step key")}";
                return _running.Add(key) ? key : throw new InvalidOperationException($"Step '{key}' is running already.");
            }

            if (_running.Any(running => running == name || running.StartsWith(name + "#", StringComparison.Ordinal)))
            {
                throw new InvalidOperationException($"Another step '{name}' is running. Steps of one name that run side by side need keys of their own: set StepOptions.Key.");
            }

            var number = _numbers[name] = _numbers.GetValueOrDefault(name) + 1;
            var numbered = number == 1 ? name : $"{name}#{number}";
            _running.Add(numbered);
            return numbered;
        }
    }

    private static void RefuseIfChanged(string key, StepDocument? known, string kind, string? input)
    {
        // A redaction may have taken something out of the input that is stored.
        if (known is not null && (known.Kind != kind || !(known.Input == input || (known.Input is { } stored && input is not null && RedactionMark.CanHaveBeen(stored, input)))))
        {
            throw new StepChangedException(key, known.Kind != kind ? "kind" : "input");
        }
    }

    private async ValueTask<T> RecordedAsync<T>(string key, StepWork<T> step, CancellationToken cancellationToken)
        => step.Read((await run.Writer.ReadAsync(
            book => book.Session.Records.ReadAsync(TurnSections.StepRecord(TurnSections.StepKey(run.Id, key)), cancellationToken), cancellationToken).ConfigureAwait(false))!.Value);

    private async ValueTask<T> WorkAsync<T>(string key, int attempt, StepWork<T> step, CancellationToken cancellationToken)
    {
        var options = step.Options;
        var document = new StepDocument { Kind = step.Kind, State = StepState.Started, Call = step.CallId, Input = options.Input };
        for (var attempts = 1; ; attempt++, attempts++)
        {
            document = document with { Attempt = attempt, At = run.Now };
            if (options.Policy == StepPolicy.AtMostOnce)
            {
                var starts = document;
                await run.WriteAsync("step begun", (book, _) => book.Put(run.Id, key, starts)).ConfigureAwait(false);
            }

            var began = run.Store.Time.GetTimestamp();
            T result;
            try
            {
                result = await CallAsync(key, attempt, step, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not (TurnSuspendedException or LeaseLostException) && !IsStopped(e, cancellationToken))
            {
                if (e is TimeoutException && options.Policy == StepPolicy.AtMostOnce)
                {
                    return await UnknownAsync(key, document, step, cancellationToken).ConfigureAwait(false);
                }

                if (attempts < options.MaxAttempts && (options.RetryOn?.Invoke(e) ?? options.Policy == StepPolicy.AtLeastOnce))
                {
                    var wait = options.Backoff * Math.Pow(2, attempts - 1);
                    await Task.Delay(wait < options.MaxBackoff ? wait : options.MaxBackoff, run.Store.Time, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                throw await FailAsync(key, document, step, e.Message, e, isOfWork: true).ConfigureAwait(false);
            }

            var ms = (long)run.Store.Time.GetElapsedTime(began).TotalMilliseconds;
            await CompleteAsync(key, document with { Ms = ms }, step, result).ConfigureAwait(false);
            return result;
        }
    }

    private async Task<T> CallAsync<T>(string key, int attempt, StepWork<T> step, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, run.Stopping);
        Telemetry.Enter(run.Writer.Activity);
        var (began, activity, outcome) = (run.Store.Time.GetTimestamp(), Telemetry.StartStep(run.Session.Key, run.Id, key, step.Kind), "failed");
        run.CurrentStep = key;
        try
        {
            var work = step.Work(new(step.Name, IdempotencyKeyOf(key), attempt, turn), stop.Token);
            var result = step.Options.Timeout is { } time ? await work.WaitAsync(time, run.Store.Time, stop.Token).ConfigureAwait(false) : await work.ConfigureAwait(false);
            outcome = "completed";
            return result;
        }
        catch (TurnSuspendedException)
        {
            outcome = "suspended";
            throw;
        }
        catch (TimeoutException)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            run.CurrentStep = null;
            Telemetry.StepOver(activity, outcome, run.Store.Time.GetElapsedTime(began));
        }
    }

    // The result is durable before it is used.
    private async ValueTask CompleteAsync<T>(string key, StepDocument document, StepWork<T> step, T result)
    {
        ReadOnlyMemory<byte>? output = null;
        try
        {
            output = step.Write(result);
            if (output is { Length: var size } && size > run.Session.Options.MaxCommitBytes / 2)
            {
                throw new StateTooLargeException($"The result has {size:N0} bytes; {run.Session.Options.MaxCommitBytes / 2:N0} are allowed (half of AgentStateOptions.MaxCommitBytes).");
            }
        }
        catch (AgentStateException e)
        {
            throw await NotStorableAsync(key, document, step, e).ConfigureAwait(false);
        }

        try
        {
            await run.WriteAsync(step.Reason ?? "step done", (book, _) =>
            {
                step.Along?.Invoke(book, result);
                if (output is { } json)
                {
                    book.Session.Records.Put(TurnSections.StepRecord(TurnSections.StepKey(run.Id, key)), json);
                }

                book.Put(run.Id, key, document with { State = StepState.Completed, HasOutput = output is not null });
                Apply(book, key, document);
            }).ConfigureAwait(false);
        }
        catch (StateTooLargeException e)
        {
            throw await NotStorableAsync(key, document, step, e).ConfigureAwait(false);
        }
        catch (LeaseLostException) when (step.Options.Policy == StepPolicy.AtMostOnce)
        {
            if ((output ?? step.Tell?.Invoke(result)) is { } json)
            {
                await TellLateAsync(key, document.Attempt, InterruptAnswer.Respond(JsonElement.Parse(json.Span), run.Options.By)).ConfigureAwait(false);
            }

            throw;
        }
    }

    private ValueTask<StepFailedException> NotStorableAsync<T>(string key, StepDocument document, StepWork<T> step, AgentStateException error)
        => FailAsync(key, document, step, $"it took effect, but its result cannot be stored: {error.Message}", error);

    private async ValueTask<StepFailedException> FailAsync<T>(string key, StepDocument document, StepWork<T> step, string error, Exception? inner, bool isOfWork = false)
    {
        try
        {
            await run.WriteAsync("step failed", (book, _) =>
            {
                step.AlongFailure?.Invoke(book, error, isOfWork);
                book.Put(run.Id, key, document with { State = StepState.Failed, Error = error });
                Apply(book, key, document);
            }).ConfigureAwait(false);
        }
        catch (LeaseLostException) when (step.Options.Policy == StepPolicy.AtMostOnce)
        {
            await TellLateAsync(key, document.Attempt, InterruptAnswer.Reject(error, run.Options.By)).ConfigureAwait(false);
            throw;
        }

        return new(key, error, document.Attempt, inner);
    }

    // Its start is durable, its end is not: whether it took effect is for a person to say.
    private async ValueTask<T> UnknownAsync<T>(string key, StepDocument document, StepWork<T> step, CancellationToken cancellationToken)
    {
        if (step.Options.WhenUnknown == WhenUnknown.Fail)
        {
            await FailAsync(key, document, step, "it is not known whether it took effect", null).ConfigureAwait(false);
            throw new StepUnknownException(key);
        }

        var answer = await asking.AskAsync(
            new()
            {
                Name = UnknownName(key, document.Attempt),
                Kind = InterruptKinds.UnknownStep,
                Prompt = $"Step '{key}' was begun, and it is not known whether it took effect. Respond with its result if it did; accept to run it again; reject to let it fail.",
                Payload = step.Options.Input is { } input ? JsonSerializer.SerializeToElement(input, TurnJson.Compact.String) : null,
            },
            cancellationToken).ConfigureAwait(false);
        switch (answer.Kind)
        {
            case AnswerKinds.Respond:
                var result = step.Read(Encoding.UTF8.GetBytes(answer.Value!.Value.GetRawText()));
                await CompleteAsync(key, document, step, result).ConfigureAwait(false);
                return result;
            case AnswerKinds.Accept:
                await run.WriteAsync("step runs again", (book, _) => Apply(book, key, document with { Call = null })).ConfigureAwait(false);
                return await WorkAsync(key, document.Attempt + 1, step, cancellationToken).ConfigureAwait(false);
            default:
                throw await FailAsync(key, document, step, answer.Reason ?? "it was rejected", null).ConfigureAwait(false);
        }
    }

    // Whoever took the turn over found the step begun, and asks what came of it.
    private ValueTask TellLateAsync(string key, int attempt, InterruptAnswer answer)
        => LateOutcome.TellAsync(run.Store, run.Session.Key, InterruptId.Of(run.Id, UnknownName(key, attempt)), answer);

    // What was answered is used up by the commit that has what came of it.
    private void Apply(TurnBook book, string key, StepDocument step)
    {
        foreach (var (id, asked) in book.InterruptsOf(run.Id).ToList())
        {
            if (asked.State is InterruptState.Answered or InterruptState.Expired && ((step.Call is not null && asked.Call == step.Call) || asked.Name == UnknownName(key, step.Attempt)))
            {
                book.Put(id, asked with { State = InterruptState.Applied });
            }
        }
    }

    private bool IsStopped(Exception error, CancellationToken cancellationToken)
        => error is OperationCanceledException && (cancellationToken.IsCancellationRequested || run.Stopping.IsCancellationRequested);

    // Each attempt is asked about: what was said of an earlier one is no answer. A name as long as a step's may be would not fit.
    private static string UnknownName(string key, int attempt) => string.Create(
        CultureInfo.InvariantCulture, $"unknown{(attempt == 1 ? "" : $"-{attempt}")}:{(key.Length <= 100 ? key : Digest.Compute(Encoding.UTF8.GetBytes(key)).ToString())}");
}
