namespace Holdfast;

/// <summary>For commits that change only what waits: the status follows from the turns.</summary>
internal sealed class QueueAddition : ICommitAddition
{
    public static readonly QueueAddition Instance = new();

    public void Complete(long version)
    {
    }
}
