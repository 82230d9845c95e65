using System.Globalization;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>What is done from outside: messages, answers, and what else happens to threads.</summary>
internal sealed class AgentActs
{
    private readonly AgentWorld _world;
    private readonly (int Weight, string Name, Func<Func<Fiber, Task>> Make)[] _all;
    private readonly Dictionary<Said, List<AgentProcess>> _requests = [];

    public AgentActs(AgentWorld world)
    {
        _world = world;
        var people = new People(world);
        _all =
        [
            (10, "send", () => Send(New(hasKey: _world.Chance(0.7)))), (4, "send twice", () => SendTwice(New(hasKey: true))), (4, "submit", () => Submit(New(hasKey: _world.Chance(0.7)))),
            (3, "deliver again", () => Redeliver()), (7, "answer", () => people.AnswerAsync), (1, "withdraw", () => people.WithdrawAsync), (2, "cancel", () => Others.CancelAsync),
            (3, "write", () => Others.WriteAsync), (1, "lease", () => Others.LeaseAsync), (2, "look", () => Others.LookAsync), (1, "erase", () => Others.EraseAsync), (1, "delete", () => Others.DeleteAsync),
        ];
        Answer = people.AnswerAsync;
    }

    /// <summary>Whether all who sent something with a key have their answer.</summary>
    public bool AreOver => _world.Messages.TrueForAll(said => said.IsSettled || said.Key is null);

    private Func<Fiber, Task> Answer { get; }

    public (string Name, Func<Fiber, Task> Act)? Choose()
    {
        var number = _world.Random.Next(_all.Sum(act => act.Weight));
        var (_, name, make) = _all.First(act => (number -= act.Weight) < 0);
        _world.Count(name);
        return (name, Guard(make()));
    }

    /// <summary>What is still to be done once the faults have stopped.</summary>
    public (string Name, Func<Fiber, Task> Act)? Finish()
    {
        var waiting = _world.Messages.Where(said => said is { IsSettled: false, Key: not null, Requests: 0 }).ToList();
        if (waiting.Count > 0 && _world.Chance(0.5))
        {
            var said = _world.OneOf(waiting);
            return ($"deliver {said} again", Guard(Send(said)));
        }

        if (_world.Facts.Standing.FirstOrDefault(life => life.State.IsDeleted) is { } deleted)
        {
            return ("restore", Guard(fiber => fiber.Store.Thread(deleted.Key.Id).RestoreDeletedAsync().AsTask()));
        }

        return _world.Facts.Standing.Any(life => life.Facts.Interrupts.Values.Any(asked => asked.State == InterruptState.Pending)) ? ("answer", Guard(Answer)) : null;
    }

    /// <summary>The process is gone, and with it those who waited for it.</summary>
    public void Lose(AgentProcess process)
    {
        foreach (var (said, processes) in _requests)
        {
            said.Requests -= processes.RemoveAll(other => other == process);
        }
    }

    private Said New(bool hasKey)
    {
        var number = _world.Messages.Count + 1;
        var thread = ThreadId.Parse(_world.OneOf(["a", "a", "b"]));
        var said = new Said(number, thread, hasKey ? string.Create(CultureInfo.InvariantCulture, $"key {number}") : null, _world.Chance(0.25) ? null : TurnScript.Make(_world));
        _world.Messages.Add(said);
        _requests[said] = [];
        return said;
    }

    private Func<Fiber, Task> Send(Said said)
    {
        said.Requests++;
        return async fiber =>
        {
            _requests[said].Add(fiber.Process);
            await (said.Script is null ? Caller.ChatAsync(fiber, said) : Caller.SendAsync(fiber, said));
            _requests[said].Remove(fiber.Process);
            said.Requests--;
        };
    }

    private Func<Fiber, Task> SendTwice(Said said)
    {
        var (first, second) = (Send(said), Send(said));
        return fiber =>
        {
            fiber.Process.Start($"send {said} too", Guard(second));
            return first(fiber);
        };
    }

    private Func<Fiber, Task> Submit(Said said) => fiber => Caller.SubmitAsync(fiber, said);

    private Func<Fiber, Task> Redeliver()
    {
        var known = _world.Messages.Where(said => said.Key is not null).ToList();
        return known.Count == 0 ? Others.LookAsync : Send(_world.OneOf(known));
    }

    // Whoever is told what happened does something else.
    private Func<Fiber, Task> Guard(Func<Fiber, Task> act) => async fiber =>
    {
        try
        {
            await act(fiber);
        }
        catch (AgentStateException e) when (e is not CorruptStateException)
        {
            _world.Count($"told: {e.GetType().Name}");
        }
    };
}
