using Holdfast.Logs;

namespace Holdfast.Postgres.Writing;

/// <summary>The outcomes of a batch as far as they are known. Callers are told of them at once, but for the one whose caller is writing.</summary>
internal sealed class AppendOutcomes(PendingAppend? writer)
{
    private Action? _tellWriter;

    public void Set(PendingAppend item, AppendResult result) => Tell(item, () => item.Complete(result));

    public void Fail(PendingAppend item, Exception e) => Tell(item, () => item.Fail(e));

    public void FailAll(IEnumerable<PendingAppend> items, Func<PendingAppend, Exception> error)
    {
        foreach (var item in items.Where(item => !item.HasOutcome))
        {
            Fail(item, error(item));
        }
    }

    /// <summary>Tells the caller that is writing. It goes on with its own work on this thread, so this comes last.</summary>
    public void TellWriter() => _tellWriter?.Invoke();

    private void Tell(PendingAppend item, Action tell)
    {
        item.HasOutcome = true;
        if (item == writer)
        {
            _tellWriter = tell;
        }
        else
        {
            // In the order of the queue, before the next batch is taken there (see AppendQueue): so those who append again at once are in that one.
            ThreadPool.UnsafeQueueUserWorkItem(static tell => tell(), tell, preferLocal: false);
        }
    }
}
