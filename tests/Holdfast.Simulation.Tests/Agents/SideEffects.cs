using System.Globalization;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>The world that tools and steps change. It keeps a journal, and carries out each idempotency key once for those that may come again.</summary>
internal sealed class SideEffects(AgentWorld world)
{
    private readonly List<Effect> _journal = [];
    private readonly Dictionary<string, string> _served = new(StringComparer.Ordinal);

    public IReadOnlyList<Effect> Journal => _journal;

    /// <summary>Something happens, once for each call; a process may die, or be told of an error, just before and just after.</summary>
    /// <param name="fiber">Who does it.</param>
    /// <param name="step">The step.</param>
    /// <param name="key">Its key in the turn, without the name: a call's id, or the step's name.</param>
    /// <param name="policy">How often it may happen.</param>
    /// <param name="allowed">Looks whether it may happen now; given the life of the thread.</param>
    public async Task<string> HappenAsync(Fiber fiber, StepContext step, string key, StepPolicy policy, Action<ThreadLife, TurnId>? allowed = null)
    {
        var turn = step.Turn.Id;
        if (await fiber.Process.StopAt($"before the effect of {step.Name} {key}", StopKind.Effect) == Verdict.Fail)
        {
            throw new NothingHappenedException();
        }

        var life = world.Facts.Find(step.Turn.Session.State.Key);
        if (life is not null && life.Id == step.Turn.Session.State.Base!.Life)
        {
            CheckCount(life, step, key, policy);
            allowed?.Invoke(life, turn);
        }

        _journal.Add(new(turn, key, step.IdempotencyKey, policy));
        world.Count($"effect of {policy}");
        if (!_served.TryGetValue(step.IdempotencyKey, out var result))
        {
            result = string.Create(CultureInfo.InvariantCulture, $"did {_journal.Count}");
            if (policy == StepPolicy.AtLeastOnce)
            {
                _served[step.IdempotencyKey] = result;
            }
        }

        if (await fiber.Process.StopAt($"after the effect of {step.Name} {key}", StopKind.Effect) == Verdict.Fail)
        {
            throw new InvalidOperationException("it happened, and then something failed");
        }

        return result;
    }

    private void CheckCount(ThreadLife life, StepContext step, string key, StepPolicy policy)
    {
        var (turn, name) = (step.Turn.Id, step.Turn.Running.CurrentStep!);
        var before = _journal.Where(effect => effect.Turn == turn && effect.Step == key).ToList();
        world.Require(Rules.OneKey, before.TrueForAll(effect => effect.IdempotencyKey == step.IdempotencyKey), $"{name} of {turn} happens with key {step.IdempotencyKey}, and did with {string.Join(", ", before.Select(effect => effect.IdempotencyKey))}");
        if (policy == StepPolicy.AtMostOnce)
        {
            var again = life.RunAgain.GetValueOrDefault(TurnSections.StepKey(turn, name));
            world.Require(Rules.Once, before.Count <= again, $"{name} of {turn} happens for the {before.Count + 1}. time; {again} times a person said that it is to run again");
            world.Require(Rules.Once, !world.Options.StoresStarts || life.Starts.GetValueOrDefault(TurnSections.StepKey(turn, name)) > 0, $"{name} of {turn} happens, and its start is not stored");
        }
    }

    /// <param name="Turn">The turn.</param>
    /// <param name="Step">The step in it.</param>
    /// <param name="IdempotencyKey">The key that the service was given.</param>
    /// <param name="Policy">How often it may happen.</param>
    internal sealed record Effect(TurnId Turn, string Step, string IdempotencyKey, StepPolicy Policy);
}
