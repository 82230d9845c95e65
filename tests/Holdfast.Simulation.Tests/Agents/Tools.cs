using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>The tools of the agent, as one flow of a process has them.</summary>
internal sealed class Tools(Fiber fiber)
{
    public const string Free = "free";
    public const string Once = "once";
    public const string Asked = "asked";
    public const string AskedSoon = "asked-soon";

    private readonly AgentWorld _world = fiber.Process.World;

    public IList<AITool> All =>
    [
        Make(Free, StepPolicy.AtLeastOnce), Make(Once, StepPolicy.AtMostOnce), Make(Asked, StepPolicy.AtMostOnce, isAsked: true),
        Make(AskedSoon, StepPolicy.AtLeastOnce, isAsked: true, TimeSpan.FromSeconds(15)),
    ];

    public AIFunction Make(string name, StepPolicy policy, bool isAsked = false, TimeSpan? time = null) => DurableFunction.Create(
        async (int n, ToolContext tool) => await fiber.Process.World.Effects.HappenAsync(fiber, tool.Step, tool.CallId, policy, (life, turn) => CheckAllowed(life, turn, tool.CallId, n, isAsked)),
        new()
        {
            Name = name,
            Policy = _world.Options.StoresStarts ? policy : StepPolicy.AtLeastOnce,
            RequiresApproval = isAsked && _world.Options.AsksPeople,
            ApprovalTime = time,
            Audience = name == Asked ? "people" : null,
            MaxAttempts = 2,
            RetryOn = e => e is NothingHappenedException,
        });

    // The call is stored before it is made; what people have to approve was approved, with just these arguments.
    private void CheckAllowed(ThreadLife life, TurnId turn, string callId, int n, bool isAsked)
    {
        var isStored = life.Calls.TryGetValue((turn.Value, callId), out var call);
        _world.Require(Rules.Valid, isStored, $"call {callId} is made, and is not stored");
        var (given, answer) = (((JsonElement)call!.Arguments!["n"]!).GetInt32(), life.Answers.GetValueOrDefault(InterruptId.Of(turn, callId).Value));
        if (!isAsked)
        {
            _world.Require(Rules.Approved, n == given, $"call {callId} is made with {n}; the model said {given}");
            return;
        }

        var edit = answer is { Kind: AnswerKinds.Edit } ? JsonElement.Parse(life.Edits[InterruptId.Of(turn, callId).Value]).GetProperty("n").GetInt32() : (int?)null;
        _world.Require(Rules.Approved, answer is { Kind: AnswerKinds.Accept or AnswerKinds.Edit }, $"call {callId} is made, and the answer is {answer?.Kind.ToString() ?? "not there"}");
        _world.Require(Rules.Approved, n == (edit ?? given), $"call {callId} is made with {n}; {edit ?? given} was approved");
    }
}
