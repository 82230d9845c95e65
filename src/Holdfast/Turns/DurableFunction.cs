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
