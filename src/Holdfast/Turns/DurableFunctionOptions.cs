using System.Text;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>How the calls of a function run.</summary>
public sealed record DurableFunctionOptions
{
    private static readonly DurableFunctionOptions Default = new();

    /// <summary>The name that the model is told.</summary>
    /// <value>The default is null: that of the method or function.</value>
    public string? Name { get; init; }

    /// <summary>What the model is told about it.</summary>
    /// <value>The default is null: that of the method or function.</value>
    public string? Description { get; init; }

    /// <inheritdoc cref="StepOptions.Policy"/>
    public StepPolicy Policy { get; init; }

    /// <summary>Whether people have to approve each call before it is made.</summary>
    /// <value>The default is false. A function that is an <see cref="ApprovalRequiredAIFunction"/> is always asked about.</value>
    public bool RequiresApproval { get; init; }

    /// <inheritdoc cref="InterruptRequest.Audience"/>
    public string? Audience { get; init; }

    /// <summary>How long the approval may take; after it the call counts as refused.</summary>
    /// <value>The default is null: as long as it takes.</value>
    public TimeSpan? ApprovalTime { get; init; }

    /// <inheritdoc cref="StepOptions.MaxAttempts"/>
    public int MaxAttempts { get; init; } = 1;

    /// <inheritdoc cref="StepOptions.RetryOn"/>
    public Func<Exception, bool>? RetryOn { get; init; }

    /// <inheritdoc cref="StepOptions.Timeout"/>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether <see cref="ToolContext.User"/> is read for the function, once in a turn, if it takes a <see cref="ToolContext"/>. Otherwise it can be set, but not read.</summary>
    /// <value>The default is true.</value>
    public bool LoadUser { get; init; } = true;

    /// <summary>Whether <see cref="ToolContext.App"/> is read for the function, once in a turn, if it takes a <see cref="ToolContext"/>. Otherwise it can be set, but not read.</summary>
    /// <value>The default is false.</value>
    public bool LoadApp { get; init; }

    internal static DurableFunctionOptions Of(AIFunction function) => function.GetService<DurableFunction.Durable>()?.Options ?? Default;

    internal StepOptions ForCall(string callId) => new() { Key = KeyOf(callId), Policy = Policy, MaxAttempts = MaxAttempts, RetryOn = RetryOn, Timeout = Timeout };

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(DurableFunctionOptions))
        .Identifier(Audience, nameof(Audience))
        .Range(ApprovalTime is null || ApprovalTime > TimeSpan.Zero, nameof(ApprovalTime), "more than 0", ApprovalTime)
        .Include(ForCall("call").Problems());

    // Call ids are made by models; not every one can be part of a key.
    private static string KeyOf(string callId)
        => callId.Length is > 0 and <= 100 && Identifiers.Problem(callId) is null ? callId : Digest.Compute(Encoding.UTF8.GetBytes(callId)).ToString();
}
