using Holdfast.Logs;
using Holdfast.Postgres.Rows;

namespace Holdfast.Postgres.Writing;

/// <summary>An append that waits for its turn, or is being written.</summary>
internal sealed class PendingAppend
{
    private readonly TaskCompletionSource<AppendResult> _completion;

    /// <param name="request">What to append.</param>
    /// <param name="leads">Whether its caller writes: its continuation then runs on the thread that has written, without a hop to another.</param>
    public PendingAppend(AppendRequest request, bool leads)
    {
        Request = request;
        Leads = leads;
        _completion = new(leads ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public AppendRequest Request { get; }

    public bool Leads { get; }

    public ThreadKey Key => Request.Entry.Key;

    /// <summary>The columns that take time to make: made by the caller, while others are being written.</summary>
    public required MetadataColumns Metadata { get; init; }

    /// <summary>Whether the body is stored as JSON text.</summary>
    public required bool IsPlain { get; init; }

    /// <summary>The place in the order of arrival.</summary>
    public long Arrival { get; set; }

    /// <summary>Whether it was sent and its outcome got lost, so that it may stand in the log.</summary>
    public bool MayStand { get; set; }

    /// <summary>Whether it is known what became of it, though its caller may not have been told yet.</summary>
    public bool HasOutcome { get; set; }

    public Task<AppendResult> Task => _completion.Task;

    public void Complete(AppendResult result) => _completion.TrySetResult(result);

    public void Fail(Exception e) => _completion.TrySetException(e);

    public void Cancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);
}
