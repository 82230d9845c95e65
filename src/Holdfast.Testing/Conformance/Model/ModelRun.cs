using System.Text;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>Runs one sequence on a log and on the model, and compares each answer.</summary>
internal sealed partial class ModelRun
{
    // Far ahead, so that a backend that removes expired threads leaves them alone.
    private static readonly DateTimeOffset Expiry = new(2190, 1, 1, 0, 0, 0, 1, TimeSpan.Zero);
    private static readonly string[] Users = ["ann", "bob"];
    private static readonly string[] Terms = ["A", "a", "b"];

    private readonly ICommitLog _log;
    private readonly ModelLog _model = new();
    private readonly string _tenant = "m" + Guid.NewGuid().ToString("N");
    private readonly List<AppendRequest> _sent = [];
    private readonly List<ThreadHead> _seen = [];
    private readonly List<ThreadKey> _trunks = [];

    private ModelRun(ICommitLog log) => _log = log;

    /// <summary>What the threads of a sequence are called; alike, so that a log that confuses them is found out. The last one stands for the newest trunk.</summary>
    public static IReadOnlyList<string> ThreadIds { get; } = ["a", "a/b", "A", "users/a", "trunk"];

    public static async Task RunAsync(ICommitLog log, IReadOnlyList<ModelStep> steps, CancellationToken cancellationToken)
    {
        var run = new ModelRun(log);
        foreach (var (i, step) in steps.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await run.StepAsync(step);
            }
            catch (ConformanceException e)
            {
                throw new ConformanceException($"Step {i + 1} ({step}): {e.Message}", e);
            }
        }

        foreach (var key in Enumerable.Range(0, ThreadIds.Count).Select(run.Key).Concat(run._trunks).Distinct())
        {
            await run.ExpectSameAsync(key);
        }
    }

    private ThreadKey Key(int thread) => thread switch
    {
        3 => ThreadKey.Of(ThreadSpace.Users, _tenant, "a"),
        4 when _trunks.Count > 0 => _trunks[^1],
        _ => ThreadKey.Of(_tenant, ThreadIds[thread % 3]),
    };

    private async Task StepAsync(ModelStep step)
    {
        var key = Key(step.Thread);
        switch (step.Kind)
        {
            case StepKind.Append or StepKind.AppendKeyframe:
                await AppendAsync(Writer(key).Next(Draft(step)));
                break;
            case StepKind.AppendOther:
                // Another commit for a version that stands.
                await AppendAsync(Writer(key, _model.Entries(key).LastOrDefault() is { } last ? last.Version - (step.A % 3) - 1 : 0).Next(Draft(step)));
                break;
            case StepKind.AppendAhead:
                var ahead = Writer(key);
                ahead.Accept(ahead.Next());
                await AppendAsync(step.A % 2 == 0 ? ahead.Next(Draft(step)) : ahead.Next(Draft(step)) with { After = _model.Head(key)?.ChainHash ?? ChainHash.Start });
                break;
            case StepKind.AppendElsewhere:
                await AppendAsync(Writer(key).Next(Draft(step)) with { After = step.A % 2 == 0 ? Digest.Compute("elsewhere"u8) : ChainHash.Start });
                break;
            case StepKind.AppendBeginsOrNot:
                var next = Writer(key).Next(Draft(step) with { IsKeyframe = true });
                await AppendAsync(next with { Begins = !next.Begins });
                break;
            case StepKind.BeginAt:
                await AppendAsync(new ThreadWriter(key).Next(Draft(step) with { FirstVersion = 1 + step.A, IsKeyframe = true, After = Digest.Compute("before"u8) }));
                break;
            case StepKind.Repeat or StepKind.AppendOtherLife:
                if (_sent.Count > 0)
                {
                    // What was dropped in the meantime, or any other.
                    var dropped = _sent.FindAll(sent => _model.Head(sent.Entry.Key) is { } now && now.Life == sent.Head.Life && sent.Entry.Version < now.FirstVersion);
                    var choices = dropped.Count > 0 && step.B % 3 == 0 ? dropped : _sent;
                    var sent = choices[^(1 + (step.A % choices.Count))];
                    await AppendAsync(step.Kind == StepKind.Repeat ? sent : sent with { Head = sent.Head with { Life = CommitId.New(TimeProvider.System) } });
                }

                break;
            case StepKind.ReadTail:
                var tail = await _log.ReadTailAsync(key, step.A);
                Expect.Head(_model.Head(key), tail?.Head);
                Expect.Entries(_model.Tail(key, step.A), tail?.Entries ?? [], "the tail");
                break;
            case StepKind.ReadRange:
                await ReadAsync(key, step.A - 1, step.A + step.B - 2);
                break;
            case StepKind.ReadSince or StepKind.ReadLife:
                await ReadPositionAsync(key, step);
                break;
            case StepKind.GetHead:
                await GetHeadAsync(key);
                break;
            case StepKind.SetExpiry:
                await UpdateAsync(new() { Key = key, Expiry = new(ExpiryOf(step.A)) });
                break;
            case StepKind.UpdateHead or StepKind.UpdateIf:
                await UpdateAsync(Update(key, step));
                break;
            case StepKind.Rewrite:
                var old = _model.Entries(key).Where(entry => entry.Version < _model.Head(key)!.KeyframeVersion).Select(entry => entry.Version).ToList();
                var version = old.Count > 0 && step.B % 3 < 2 ? old[step.A % old.Count] : step.A;
                await RewriteAsync(new()
                {
                    Key = key,
                    Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [version] = Encoding.UTF8.GetBytes($"rewritten {step.B}"), [version + (step.B % 3)] = new byte[step.B] },
                    DropBelow = step.B % 4 == 0 ? step.A : 0,
                });
                break;
            case StepKind.Trim:
                var keyframes = _model.Entries(key).Where(entry => entry.IsKeyframe).Select(entry => entry.Version).ToList();
                var below = keyframes.Count > 0 && step.B % 4 < 3 ? keyframes[^(1 + (step.A % keyframes.Count))] : step.A;
                await RewriteAsync(new() { Key = key, DropBelow = below, IfUnchanged = step.B % 3 == 0 ? Seen(key, step.A) : null });
                break;
            case StepKind.Erase:
                Expect.Equal(_model.Erase(key, null), await _log.EraseAsync(key), "the answer to the erase");
                break;
            case StepKind.EraseIfUnchanged:
                var seen = Seen(key, step.A);
                Expect.Equal(_model.Erase(key, seen), await _log.EraseAsync(new EraseRequest { Key = key, IfUnchanged = seen }), "the answer to the erase if unchanged");
                break;
            case StepKind.KeepAsTrunk:
                await KeepAsTrunkAsync(Key(step.Thread % 3), step);
                break;
            case StepKind.List or StepKind.ListDue:
                await ListAsync(step);
                break;
        }

        if (_model.Head(key) is { } head)
        {
            _seen.Add(head);
        }
    }

    // The writer of a caller who read the thread when it was at a version.
    private ThreadWriter Writer(ThreadKey key, long atVersion = long.MaxValue)
    {
        if (_model.Head(key) is not { } head || atVersion < 1)
        {
            return new(key);
        }

        var seen = _seen.FindLast(seen => seen.Key == key && seen.Version <= atVersion) ?? head;
        return ThreadWriter.From(key, new(atVersion == long.MaxValue ? head : seen, []));
    }

    private static EntryDraft Draft(ModelStep step) => new()
    {
        Body = Encoding.UTF8.GetBytes($$"""{ "a":{{step.A}}, "b":{{step.B}} }{{new string(' ', step.A * 37)}}"""),
        IsKeyframe = step.Kind == StepKind.AppendKeyframe,
        KeepExpiry = step.B % 2 == 0,
        MessageCount = step.A % 4,
        Head = head => (head with
        {
            UserId = step.A % 3 == 2 ? null : Users[step.A % 3],
            Agent = step.B % 3 == 0 ? "A" : null,
            Status = (ThreadStatus)(step.B % 8),
            DueAt = DueOf(step.A),
            Terms = step.B % 4 == 0 ? [] : [.. Terms.Take(step.B % 4)],
            Properties = step.A % 2 == 0 ? head.Properties : new Dictionary<string, string> { ["begun"] = $"{step.B}" },
            ExpiresAt = ExpiryOf(step.A + step.B),
            DeletedAt = step.A % 5 == 4 ? head.UpdatedAt : null,
        }).WithMetadata("k", step.B % 2 == 0 ? "1" : "\"1\""),
    };

    private static DateTimeOffset? ExpiryOf(int number) => number % 3 == 0 ? null : Expiry.AddMilliseconds(number);

    private static DateTimeOffset? DueOf(int number) => number % 3 == 1 ? null : Expiry.AddDays(number % 5);

    private ThreadStamp? Seen(ThreadKey key, int back) => _seen.Where(head => head.Key == key).Reverse().ElementAtOrDefault(back % 3)?.Stamp;

    private async Task AppendAsync(AppendRequest request)
    {
        Expect.Equal(_model.Append(request), await _log.AppendAsync(request), $"the answer to the append of version {request.Entry.Version} of thread '{request.Entry.Key.Id}'");
        _sent.Add(request);
    }

    private async Task ReadAsync(ThreadKey key, long from, long to)
    {
        var expected = _model.Entries(key).Where(entry => entry.Version >= from && entry.Version <= to).ToList();
        Expect.Entries(expected, await _log.ReadAllAsync(key, from, to), $"a read from {from} to {to}");
        expected.Reverse();
        Expect.Entries(expected, await _log.ReadAllAsync(key, from, to, ReadDirection.Backward), $"a read from {to} back to {from}");
    }

    private async Task ExpectSameAsync(ThreadKey key)
    {
        var tail = await _log.ReadTailAsync(key);
        await GetHeadAsync(key);
        Expect.Head(_model.Head(key), tail?.Head);
        Expect.Entries(_model.Tail(key, 0), tail?.Entries ?? [], "the tail at the end of the sequence");
        await ReadAsync(key, 1, long.MaxValue);
    }
}
