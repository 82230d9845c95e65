using System.Globalization;
using System.Text.Json;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>People who answer questions: soon, late, twice, with what is allowed and what is not.</summary>
internal sealed class People(AgentWorld world)
{
    private readonly List<InterruptId> _met = [];

    // Most often these steps are to run again.
    private readonly HashSet<InterruptId> _unknown = [];
    private int _answers;

    public async Task AnswerAsync(Fiber fiber)
    {
        if (await ChooseAsync(fiber) is not { } id)
        {
            return;
        }

        var by = string.Create(CultureInfo.InvariantCulture, $"person {++_answers}");
        var kinds = _unknown.Contains(id) ? 8 : 5;
        var answer = world.Random.Next(kinds) switch
        {
            0 => InterruptAnswer.Reject("no", by),
            1 => InterruptAnswer.Edit(JsonElement.Parse($$"""{"n":{{-_answers}}}"""), by),
            2 => InterruptAnswer.Respond(JsonElement.Parse($"\"said {_answers}\""), by),
            _ => InterruptAnswer.Accept(by),
        };
        try
        {
            var answered = await fiber.Store.Interrupts.AnswerAsync(id, answer);
            world.Count($"answered: {answer.Kind}");
            CheckStored(answered, by);
        }
        catch (InterruptClosedException e)
        {
            world.Count($"closed: {e.State}");
        }
        catch (AnswerNotAllowedException)
        {
            world.Count("not allowed");
        }
        catch (InterruptNotFoundException)
        {
            world.Count("not found");
        }
    }

    public async Task WithdrawAsync(Fiber fiber)
    {
        if (await ChooseAsync(fiber) is { } id)
        {
            await fiber.Store.Interrupts.WithdrawAsync(id, "not needed any more");
        }
    }

    private void CheckStored(Interrupt answered, string by)
    {
        var life = world.Facts.Find(ThreadKey.Of(answered.Thread));
        if (life is not null && life.Facts.Interrupts.ContainsKey(answered.Id.Value))
        {
            world.Require(Rules.Acknowledged, life.Answers.TryGetValue(answered.Id.Value, out var stored) && stored.By == by, $"{by} was told that the answer to '{answered.Name}' is stored; {life.Answers.GetValueOrDefault(answered.Id.Value)?.By ?? "none"} is");
        }
    }

    // One of the list, or one that was in it before.
    private async Task<InterruptId?> ChooseAsync(Fiber fiber)
    {
        if (_met.Count > 0 && world.HasFaults && world.Chance(0.3))
        {
            return world.OneOf(_met);
        }

        var pending = new List<InterruptInfo>();
        await foreach (var info in fiber.Store.Interrupts.ListAsync())
        {
            pending.Add(info);
        }

        if (pending.Count == 0)
        {
            return null;
        }

        // Their ids differ from run to run.
        var chosen = world.OneOf([.. pending.OrderBy(info => info.Thread.Value, StringComparer.Ordinal).ThenBy(info => info.RaisedAt).ThenBy(info => info.Name, StringComparer.Ordinal)]);
        _met.Add(chosen.Id);
        if (chosen.Kind == InterruptKinds.UnknownStep)
        {
            _unknown.Add(chosen.Id);
        }

        return chosen.Id;
    }
}
