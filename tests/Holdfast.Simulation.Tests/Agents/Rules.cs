namespace Holdfast.Simulation.Tests.Agents;

/// <summary>The numbers and names of the invariants.</summary>
internal static class Rules
{
    public const string Acknowledged = "1: what was acknowledged is stored, once";
    public const string Once = "2: a step has one durable result, and one of at most once takes effect once";
    public const string OneKey = "3: all effects of a step have one idempotency key";
    public const string Approved = "4: what needs approval has it before it takes effect, for just those arguments";
    public const string Applied = "5: an answer is used up by the commit that has the result of its call";
    public const string Table = "6: turns, steps and interrupts change as the tables say";
    public const string Tokens = "7: one holds a thread, tokens rise, and nobody else commits to its turn";
    public const string Valid = "8: what a model is sent is valid, and durable";
    public const string Said = "9: each message is in the history or in the queue, once";
    public const string Keys = "10: a key is one turn";
    public const string Follows = "11: status, terms and due time follow from the fold";
    public const string Indexes = "12: indexes agree with the threads";
    public const string Ends = "13: once the faults stop, every open turn ends";
    public const string Bounds = "14: what is folded of turns is within its bounds";
    public const string Chain = "15: the chain is intact";
}
