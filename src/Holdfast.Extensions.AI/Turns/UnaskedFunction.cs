using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A function for whose approval the turn asks, and not the client that invokes functions.</summary>
internal sealed class UnaskedFunction(AIFunction function) : DelegatingAIFunction(function)
{
    public AIFunction Function => InnerFunction;

    public static AITool Of(AITool tool) => tool is AIFunction function && function.GetService<ApprovalRequiredAIFunction>() is not null ? new UnaskedFunction(function) : tool;

    /// <summary>The tool itself.</summary>
    public static AITool Known(AITool tool) => tool is UnaskedFunction { Function: var function } ? function : tool;

    public override object? GetService(Type serviceType, object? serviceKey = null)
        => serviceType == typeof(ApprovalRequiredAIFunction) ? null : base.GetService(serviceType, serviceKey);
}
