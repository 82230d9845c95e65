namespace Holdfast.Redis.Listing;

/// <summary>Walks through the candidates of a listing in its order.</summary>
internal interface IIndexScan
{
    /// <summary>Whether all candidates were returned.</summary>
    bool IsDone { get; }

    /// <summary>The next candidates: at least one, unless there are no more.</summary>
    Task<IReadOnlyList<Candidate>> NextAsync(int want, CancellationToken cancellationToken);
}
