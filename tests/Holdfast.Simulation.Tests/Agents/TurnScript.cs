using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>What an agent does in a turn, as the script of the turn says; run again from its beginning by whoever resumes the turn.</summary>
internal sealed class TurnScript(Fiber fiber) : ITurnHandler
{
    private const string Steps = "ofmmmadl";

    private readonly AgentWorld _world = fiber.Process.World;

    /// <summary>A script by chance.</summary>
    public static string Make(AgentWorld world)
    {
        var steps = Enumerable.Range(0, world.Random.Next(1, 4)).Select(_ => Steps[world.Random.Next(Steps.Length)]);
        return $"{string.Concat(steps)}{(world.Chance(0.6) ? "m" : "")}{(world.Chance(0.05) ? "x" : "")}";
    }

    public async Task RunAsync(Turn turn, CancellationToken cancellationToken)
    {
        var script = turn.Running.Document.By ?? "m";
        for (var i = 0; i < script.Length; i++)
        {
            await RunAsync(turn, script[i], i.ToString(CultureInfo.InvariantCulture), cancellationToken);
        }
    }

    private async Task RunAsync(Turn turn, char what, string place, CancellationToken cancellationToken)
    {
        switch (what)
        {
            case 'o':
                await RunOnceAsync(turn, $"once-{place}", StepPolicy.AtMostOnce, cancellationToken);
                break;
            case 'f':
                await RunOnceAsync(turn, $"free-{place}", StepPolicy.AtLeastOnce, cancellationToken);
                break;
            case 'l':
                await RunOnceAsync(turn, "loop", StepPolicy.AtLeastOnce, cancellationToken);
                await RunOnceAsync(turn, "loop", StepPolicy.AtMostOnce, cancellationToken);
                break;
            case 'm':
                await ForgeAsync(turn, cancellationToken);
                await turn.ReplyAsync(new ScriptedModel(fiber), new() { Tools = new Tools(fiber).All }, cancellationToken);
                break;
            case 'a':
                var time = _world.Chance(0.5) ? TimeSpan.FromSeconds(10) : (TimeSpan?)null;
                var answer = await turn.AskAsync(new() { Name = $"question-{place}", Prompt = "What now?", Time = time, Audience = _world.Chance(0.3) ? "people" : null }, cancellationToken);
                CheckAnswer(turn, $"question-{place}", answer);
                break;
            case 'd':
                await turn.DelayAsync($"delay-{place}", TimeSpan.FromSeconds(_world.Random.Next(1, 90)), cancellationToken);
                break;
            case 'x':
                throw new InvalidOperationException("the agent failed, as its script wanted it");
        }
    }

    private async Task RunOnceAsync(Turn turn, string name, StepPolicy policy, CancellationToken cancellationToken)
    {
        var isOnce = policy == StepPolicy.AtMostOnce;
        var options = new StepOptions
        {
            Policy = _world.Options.StoresStarts ? policy : StepPolicy.AtLeastOnce,
            MaxAttempts = 2,
            RetryOn = e => e is NothingHappenedException,
        };
        var result = await turn.RunOnceAsync(name, (step, _) => _world.Effects.HappenAsync(fiber, step, turn.Running.CurrentStep!, policy), options, cancellationToken);
        if (Find(turn) is { } life)
        {
            _world.Require(Rules.Acknowledged, life.Outputs.Contains(result), $"step {name} of {turn.Id} gives '{result}', which is not stored");
        }

        _world.Count(isOnce ? "step of at most once" : "step of at least once");
    }

    private void CheckAnswer(Turn turn, string name, InterruptAnswer answer)
    {
        if (Find(turn) is { } life && life.Answers.TryGetValue(InterruptId.Of(turn.Id, name).Value, out var stored))
        {
            _world.Require(Rules.Acknowledged, stored.Kind == answer.Kind && stored.By == answer.By, $"the answer to '{name}' is {answer.Kind} by {answer.By}; {stored.Kind} by {stored.By} is stored");
        }
    }

    // Somebody tries to have another call carried out than was approved.
    private async Task ForgeAsync(Turn turn, CancellationToken cancellationToken)
    {
        if (!turn.IsResumed || !_world.Chance(0.3) || Find(turn) is not { } life)
        {
            return;
        }

        var open = life.State.OpenCalls.Calls.Select(call => call.Id).ToHashSet(StringComparer.Ordinal);
        var call = turn.Reply.SelectMany(message => message.Contents).OfType<FunctionCallContent>().FirstOrDefault(call => call.Name == Tools.Asked && open.Contains(call.CallId));
        if (call is null)
        {
            return;
        }

        try
        {
            _world.Count("forged call");
            var forged = new FunctionCallContent(call.CallId, call.Name, new Dictionary<string, object?> { ["n"] = JsonElement.Parse("-1") });
            await turn.RunToolAsync(forged, new Tools(fiber).Make(Tools.Asked, StepPolicy.AtMostOnce, isAsked: true), cancellationToken: cancellationToken);
        }
        catch (ApprovalMismatchException)
        {
            _world.Count("forged call refused");
        }
        catch (StepFailedException)
        {
        }
    }

    private ThreadLife? Find(Turn turn) => _world.Facts.Find(turn.Session.State.Key) is { } life && life.Id == turn.Session.State.Base?.Life ? life : null;
}
