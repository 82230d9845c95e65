namespace Holdfast;

/// <summary>Runs turns for a worker: <see cref="HoldfastBuilder.AddThreadWorker{THandler}"/>. Each turn gets a handler of its own, from a scope of its own.</summary>
/// <remarks>
/// <para>When it returns, the turn is completed, unless it ended or suspended the turn itself. When it throws, the turn has failed, and the worker does not run it again.</para>
/// <para>
/// A turn may be run again from the beginning: after a crash, after a wait, after its worker was stopped. What is recorded is not done again: replies by <see cref="Turn.ReplyAsync"/>, results of
/// <see cref="Turn.RunOnceAsync{T}(string, Func{StepContext, CancellationToken, Task{T}}, StepOptions?, CancellationToken)"/>, answers of <see cref="Turn.AskAsync"/>.
/// </para>
/// </remarks>
public interface ITurnHandler
{
    /// <summary>Runs a turn.</summary>
    /// <param name="turn">The turn. It is also <see cref="Turn.Current"/>.</param>
    /// <param name="cancellationToken"><see cref="Turn.Stopping"/>: the turn is to stop, because somebody cancelled it, the worker stops, or another runner has taken it over.</param>
    Task RunAsync(Turn turn, CancellationToken cancellationToken);
}
