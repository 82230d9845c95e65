namespace Holdfast.Logs;

/// <summary>A log that tells of changed threads, so that those who wait for commits of other processes need not look as often.</summary>
/// <remarks>A hint is no more than that. It may be late, come twice, concern nothing, or be lost: whoever waits also looks from time to time, and a lost hint costs nothing but time.</remarks>
public interface ICommitHints
{
    /// <summary>Begins to listen, and returns at once; connecting is done in the background and repeated as often as it fails.</summary>
    /// <param name="listener">Told of each hint; of <see cref="CommitHint.Any"/> also when hints may have been lost.</param>
    /// <returns>The listening, which ends when it is disposed of, or the log is.</returns>
    IHintSubscription Listen(IHintListener listener);
}
