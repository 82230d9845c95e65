using System.Text;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Makes functions whose calls are steps: what happens when the process dies in between, and whether people have to approve, is said with the function.</summary>
public static class DurableFunction
{
    /// <summary>Makes a function of a method. A parameter of the type <see cref="ToolContext"/> is not shown to the model.</summary>
    public static AIFunction Create(Delegate method, DurableFunctionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        options ??= new();
        options.Validate();
        var function = AIFunctionFactory.Create(method, new AIFunctionFactoryOptions
        {
            Name = options.Name,
            Description = options.Description,
            ConfigureParameterBinding = parameter => parameter.ParameterType == typeof(ToolContext)
                ? new() { ExcludeFromSchema = true, BindParameter = (_, arguments) => ToolContext.Of(arguments) }
                : default,
        });
        return new Durable(function, options, method.Method.GetParameters().Any(parameter => parameter.ParameterType == typeof(ToolContext)));
    }

    /// <summary>Wraps a function.</summary>
    public static AIFunction Wrap(AIFunction function, DurableFunctionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        options ??= new();
        options.Validate();
        return new Durable(function, options, TakesContext(function));
    }

    /// <summary>Makes a function by which a model hands the conversation over to another agent: see <see cref="Turn.HandOffAsync"/>. The commit of the call's result changes who is in charge.</summary>
    /// <param name="agent">The agent that takes charge: 1 to 512 bytes of UTF-8 without control characters.</param>
    /// <param name="options">What the model is told of it, and how a call runs; null for <c>hand_off_to_NAME</c>.</param>
    /// <exception cref="InvalidIdentifierException">This cannot be the name of an agent.</exception>
    public static AIFunction ForHandOff(string agent, DurableFunctionOptions? options = null) => Wrap(HandOff.ToolFor(agent), options);

    /// <summary>Makes a function of an agent: each call is a turn of a child thread of its own, under the thread of the turn that makes the call.</summary>
    /// <remarks>
    /// The agent's conversation is not part of that of its caller, which gets the text of its last reply. A call that is made again after a crash goes on where the agent stood, and gives the recorded reply where it had ended. While the
    /// agent waits for people or for a time, the turn that called it waits too: its <see cref="Turn.Interrupts"/> has what the agent asks, and <see cref="AgentStateStore.Interrupts"/> lists and answers it. When the calling turn is cancelled, the
    /// agent's is too. Agents may call agents.
    /// </remarks>
    /// <param name="client">The model of the agent: one that does not invoke functions itself, or a pipeline with <c>UseDurableFunctionInvocation</c> above the same store.</param>
    /// <param name="options">What the calling model is told of the agent, and how a call runs; the name is needed.</param>
    /// <param name="chatOptions">Instructions, tools and the like for the agent's model; null for none.</param>
    /// <exception cref="ArgumentException">The options have no name, or one that is out of its range.</exception>
    public static AIFunction ForAgent(IChatClient client, DurableFunctionOptions options, ChatOptions? chatOptions = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Name, nameof(options));
        return Create(new AgentCall(client, options.Name, chatOptions?.Clone()).RunAsync, options with { LoadUser = false, LoadApp = false });
    }

    /// <summary>Whether a function is given a context.</summary>
    internal static bool TakesContext(AIFunction function) => function.GetService<Durable>()?.TakesContext is true;

    internal sealed class Durable(AIFunction inner, DurableFunctionOptions options, bool takesContext) : DelegatingAIFunction(inner)
    {
        private ApprovalRequiredAIFunction? _approval;

        public DurableFunctionOptions Options => options;

        public bool TakesContext => takesContext;

        public override string Name => options.Name ?? base.Name;

        public override string Description => options.Description ?? base.Description;

        // Clients that know nothing of turns ask for approval where they find this.
        public override object? GetService(Type serviceType, object? serviceKey = null)
            => options.RequiresApproval && serviceKey is null && serviceType == typeof(ApprovalRequiredAIFunction)
                ? _approval ??= new(this)
                : base.GetService(serviceType, serviceKey);
    }
}
