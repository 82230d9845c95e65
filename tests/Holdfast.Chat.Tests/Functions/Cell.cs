namespace Holdfast.Chat.Tests.Functions;

/// <summary>Where the state stands: the client that invokes functions is the other one.</summary>
public enum State
{
    BelowFunctions,
    AboveFunctions,
}

/// <summary>What the first two turns are about.</summary>
public enum Calls
{
    One,
    Parallel,
    Approved,
    Refused,
    NeverAnswered,
    ApprovedAfterAFailure,
}

/// <summary>What goes wrong in the turn that runs the functions.</summary>
public enum Failure
{
    None,
    ModelFails,
    StoreFails,
    ProcessIsKilled,
    ReaderLeaves,
}

/// <summary>One cell of the matrix.</summary>
internal sealed record Cell(State State, bool Streaming, Calls Calls, Failure Failure)
{
    /// <summary>Whether a person is asked before the functions run.</summary>
    public bool Asks => Calls > Calls.Parallel;

    public string FirstLine => Calls switch
    {
        Calls.One => "weather?",
        Calls.Parallel => "compare!",
        Calls.Approved => "delete both!",
        _ => "delete it!",
    };

    /// <summary>How many functions the model calls.</summary>
    public int Count => Calls is Calls.Parallel or Calls.Approved ? 2 : 1;

    /// <summary>How often functions run, in all attempts together, until the turn is through.</summary>
    /// <remarks>
    /// Below, what ran is stored before the model is called; only a result that could not be stored leads to a second run, where a person approves once more.
    /// Above, everything within one call is stored at its end (of a stream: what had arrived), so a call that fails has to be repeated as a whole.
    /// </remarks>
    public int Runs => (State, Calls, Failure) switch
    {
        (_, Calls.Refused or Calls.NeverAnswered, _) => 0,
        (_, _, Failure.None) => Calls == Calls.ApprovedAfterAFailure && !KeepsResults ? 2 : Count,

        // The answer is the same object: the client above knows that it has handled it. Of a stream above, the result was kept.
        (_, Calls.ApprovedAfterAFailure, _) => KeepsResults ? 1 : 3,

        // Nobody approves these once more, so an interrupted call stays one.
        (State.BelowFunctions, Calls.One or Calls.Parallel, Failure.ProcessIsKilled) => 1,
        (State.BelowFunctions, Calls.One or Calls.Parallel, _) => Count,

        (_, _, Failure.ProcessIsKilled) => 1 + Count,
        (State.AboveFunctions, _, Failure.ReaderLeaves) => Count,
        (State.AboveFunctions, _, Failure.ModelFails) when Streaming => Count,
        _ => 2 * Count,
    };

    /// <summary>What the model says at the end of the second turn. An answer that is repeated after the reply had arrived says nothing new.</summary>
    public string SecondReply
        => Asks && Calls != Calls.NeverAnswered && (Calls, Failure) != (Calls.ApprovedAfterAFailure, Failure.ReaderLeaves) ? "done" : "ok";

    // Whether the results of an attempt whose model failed are stored.
    private bool KeepsResults => State == State.BelowFunctions || Streaming;

    public static TheoryData<State, bool, Calls, Failure> All
    {
        get
        {
            var cells = new TheoryData<State, bool, Calls, Failure>();
            foreach (var (state, streaming) in new[] { (State.BelowFunctions, false), (State.BelowFunctions, true), (State.AboveFunctions, false), (State.AboveFunctions, true) })
            {
                foreach (var calls in Enum.GetValues<Calls>())
                {
                    foreach (var failure in Enum.GetValues<Failure>().Where(failure => streaming || failure != Failure.ReaderLeaves))
                    {
                        cells.Add(state, streaming, calls, failure);
                    }
                }
            }

            return cells;
        }
    }
}
