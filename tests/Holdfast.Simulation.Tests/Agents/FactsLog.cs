using Holdfast.Logs;
using Holdfast.Testing.Tests;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>Stands right before the log, folds each commit as it takes effect, and says at once when it breaks a rule.</summary>
internal sealed class FactsLog(ICommitLog inner, AgentWorld world) : DelegatingLog(inner)
{
    private readonly Dictionary<ThreadKey, ThreadLife> _standing = [];
    private readonly BodyPipeline _bodies = new();

    public IEnumerable<ThreadLife> Standing => _standing.Values;

    public bool IsQuiet => _standing.Values.All(life => life.Facts.IsQuiet);

    public ThreadLife? Find(ThreadKey key) => _standing.GetValueOrDefault(key);

    public string Describe() => string.Join(" ", _standing.Values.Select(life => $"{life.Key}: {life.Facts}."));

    public override async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
    {
        var result = await Inner.AppendAsync(request, cancellationToken);
        if (result.Outcome == AppendOutcome.Appended)
        {
            if (request.Begins)
            {
                _standing[request.Entry.Key] = new(request.Head.Life, request.Entry.Key, _bodies);
            }

            var life = _standing[request.Entry.Key];
            var before = life.Facts;
            var body = life.Apply(request.Entry);
            world.Count($"commit: {body.Reason ?? "none"}");
            world.Note($"          {Fiber.Current?.ToString() ?? "timer"}: version {request.Entry.Version} of {request.Entry.Key} is '{body.Reason}'; {life.Facts}");
            new CommitRules(world, life, before, body, request).Check();
        }

        return result;
    }

    public override async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        var done = await Inner.EraseAsync(request, cancellationToken);
        if (done)
        {
            _standing.Remove(request.Key);
            world.Messages.Where(said => said.Thread == request.Key.Id).ToList().ForEach(said => said.MayBeGone = true);
        }

        return done;
    }
}
