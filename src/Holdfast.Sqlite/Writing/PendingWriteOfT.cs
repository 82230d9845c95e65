namespace Holdfast.Sqlite.Writing;

/// <summary>A write with an answer.</summary>
internal abstract class PendingWrite<T> : PendingWrite
{
    private T _answer = default!;

    /// <inheritdoc/>
    public sealed override void Run(WriterConnection writer) => _answer = Execute(writer);

    /// <summary>The answer of a write that was completed.</summary>
    public T Answer()
    {
        ThrowIfFailed();
        return _answer;
    }

    /// <summary>The answer, once the write is completed by someone else.</summary>
    public async ValueTask<T> AnswerAsync(CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken).ConfigureAwait(false);
        return Answer();
    }

    protected abstract T Execute(WriterConnection writer);
}
