namespace Holdfast;

/// <summary>What the services of a request have of its thread.</summary>
internal sealed class HandlerScope
{
    private const string Advice = "Its endpoint has no thread: add .WithState() to it, or .WithThread() where it needs no session.";

    public HandlerCall? Call { get; set; }

    public ThreadRequest Request => Call?.Request ?? throw new InvalidOperationException($"A handler asks for a {nameof(ThreadRequest)} or a {nameof(ThreadHandle)}. {Advice}");

    public ThreadSession Session => Call is null
        ? throw new InvalidOperationException($"A handler asks for a {nameof(ThreadSession)}. {Advice}")
        : Call.Session ?? throw new InvalidOperationException($"A handler asks for a {nameof(ThreadSession)}, and its endpoint has .WithThread(), which opens none. Use .WithState().");
}
