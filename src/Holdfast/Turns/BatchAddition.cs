namespace Holdfast;

/// <summary>Completes a commit of somebody who does not run a turn.</summary>
internal sealed class BatchAddition(TurnBook book, TurnBatch batch) : ICommitAddition
{
    public void Complete(long version) => batch.Complete(book, version);
}
