using System.Text;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>Runs one sequence on a log and on the model, and compares each answer.</summary>
internal sealed class ModelRun
{
    // Far ahead, so that a backend that removes expired threads leaves them alone.
    private static readonly DateTimeOffset Expiry = new(2190, 1, 1, 0, 0, 0, 1, TimeSpan.Zero);
    private static readonly string[] Users = ["ann", "bob"];

    private readonly ICommitLog _log;
    private readonly ModelLog _model = new();
    private readonly string _tenant = "m" + Guid.NewGuid().ToString("N");
    private readonly List<AppendRequest> _sent = [];
    private readonly List<ThreadHead> _seen = [];

    private ModelRun(ICommitLog log) => _log = log;

    /// <summary>The ids of the threads of a sequence; alike, so that a log that confuses them is found out.</summary>
    public static IReadOnlyList<string> ThreadIds { get; } = ["a", "a/b", "A"];

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

        foreach (var id in ThreadIds)
        {
            await run.ExpectSameAsync(run.Key(id));
        }
    }

    private ThreadKey Key(string id) => ThreadKey.Of(_tenant, id);

    private async Task StepAsync(ModelStep step)
    {
        var key = Key(ThreadIds[step.Thread]);
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
            case StepKind.Repeat:
                if (_sent.Count > 0)
                {
                    await AppendAsync(_sent[^(1 + (step.A % Math.Min(_sent.Count, 6)))]);
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
            case StepKind.GetHead:
                Expect.Head(_model.Head(key), await _log.GetHeadAsync(key));
                break;
            case StepKind.SetExpiry:
                Expect.Equal(_model.SetExpiry(key, ExpiryOf(step.A)), await _log.SetExpiryAsync(key, ExpiryOf(step.A)), "the answer to the change of expiry");
                break;
            case StepKind.Rewrite:
                await RewriteAsync(key, new() { [step.A] = Encoding.UTF8.GetBytes($"rewritten {step.B}"), [step.A + (step.B % 3)] = new byte[step.B] }, step.B % 4 == 0 ? step.A : 0);
                break;
            case StepKind.Trim:
                await RewriteAsync(key, [], step.A);
                break;
            case StepKind.Erase:
                Expect.Equal(_model.Erase(key, null), await _log.EraseAsync(key), "the answer to the erase");
                break;
            case StepKind.EraseIfUnchanged:
                var seen = _seen.Where(head => head.Key == key).Reverse().ElementAtOrDefault(step.A % 3);
                Expect.Equal(_model.Erase(key, seen), await _log.EraseAsync(key, seen), "the answer to the erase if unchanged");
                break;
            case StepKind.List:
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
            Status = (ThreadStatus)(step.B % 7),
            ExpiresAt = ExpiryOf(step.A + step.B),
            DeletedAt = step.A % 5 == 4 ? head.UpdatedAt : null,
        }).WithMetadata("k", step.B % 2 == 0 ? "1" : "\"1\""),
    };

    private static DateTimeOffset? ExpiryOf(int number) => number % 3 == 0 ? null : Expiry.AddMilliseconds(number);

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

    private async Task RewriteAsync(ThreadKey key, Dictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow)
    {
        bool? answer;
        try
        {
            answer = await _log.RewriteAsync(key, replacements, dropBelow);
        }
        catch (ArgumentException)
        {
            answer = null;
        }

        Expect.Equal(_model.Rewrite(key, replacements, dropBelow), answer, "the answer to the rewrite (nothing means that it was refused)");
    }

    private async Task ListAsync(ModelStep step)
    {
        var filter = new ThreadQuery { Order = (ThreadOrder)(step.B % 2), PageSize = 1 + (step.B % 3), Deleted = (DeletedFilter)(step.B % 3) };
        var query = new HeadQuery
        {
            Space = ThreadSpace.Threads,
            Tenant = _tenant,
            AsOf = Expiry.AddMilliseconds(step.B),
            Expired = step.A % 4 == 3 ? ExpiredFilter.Only : (ExpiredFilter)(step.A % 2 * 2),
            Filter = (step.A % 6) switch
            {
                0 => filter with { UserId = Users[0] },
                1 => filter with { Agent = "A" },
                2 => filter with { Status = (ThreadStatus)(step.B % 7) },
                3 => filter.WithMetadata("k", 1),
                4 => filter.WithMetadata("k", "1") with { UserId = Users[1] },
                _ => filter,
            },
        };
        var (expected, listed) = (_model.List(query).ToList(), await _log.ListAllAsync(query));
        Expect.Sequence(expected.Select(head => head.Key), listed.Select(head => head.Key), "the threads listed");
        foreach (var (wanted, found) in expected.Zip(listed))
        {
            Expect.Head(wanted, found);
        }
    }

    private async Task ExpectSameAsync(ThreadKey key)
    {
        var tail = await _log.ReadTailAsync(key);
        Expect.Head(_model.Head(key), await _log.GetHeadAsync(key));
        Expect.Head(_model.Head(key), tail?.Head);
        Expect.Entries(_model.Tail(key, 0), tail?.Entries ?? [], "the tail at the end of the sequence");
        await ReadAsync(key, 1, long.MaxValue);
    }
}
