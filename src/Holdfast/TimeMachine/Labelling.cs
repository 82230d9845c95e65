namespace Holdfast;

/// <summary>Sets, lists and removes the labels of a thread. They are folded state, so they are found without a search, and copied with the thread.</summary>
internal static class Labelling
{
    /// <summary>The most labels of one thread.</summary>
    public const int Most = 256;

    private static readonly LabelOptions Defaults = new();

    /// <inheritdoc cref="ThreadHandle.LabelAsync"/>
    public static async ValueTask<ThreadLabel> SetAsync(StoreContext store, ThreadKey key, string name, ThreadPoint point, LabelOptions? options, CancellationToken cancellationToken)
    {
        Identifiers.Check(name, "label", ThreadPoint.MaxLabelBytes);
        options ??= Defaults;
        options.Validate();
        var target = new FixedPoint(store, key, point);
        var (_, label) = await UpdateAsync(store, key, SetAsync, new() { Reason = "labelled", By = options.By }, cancellationToken).ConfigureAwait(false);
        return label;

        async ValueTask<ThreadLabel> SetAsync(ThreadSession session, CancellationToken token)
        {
            var state = session.State;
            var version = await target.FindAsync(state, token).ConfigureAwait(false);
            var current = LabelCodec.Find(state.State, name);
            if (current?.Version == version)
            {
                return current;
            }

            await target.RefuseIfDroppedAsync(state, token).ConfigureAwait(false);
            if (current is not null && !options.Move)
            {
                throw new LabelExistsException(key, name, current.Version);
            }

            if (current is null && state.State.Find(SectionNames.Labels)?.Count >= Most)
            {
                throw new StateTooLargeException($"Thread '{key}' has {Most} labels, which is the most that are allowed. Remove some first.");
            }

            var added = new ThreadLabel(name, version, store.Now, options.By ?? state.State.Agent);
            state.Set(SectionNames.Labels, name, LabelCodec.Write(added));
            return added;
        }
    }

    /// <inheritdoc cref="ThreadHandle.RemoveLabelAsync"/>
    public static async ValueTask<bool> RemoveAsync(StoreContext store, ThreadKey key, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            var (_, removed) = await UpdateAsync(
                store, key, (session, _) => new ValueTask<bool>(session.State.Remove(SectionNames.Labels, name)), new() { Reason = "label removed" }, cancellationToken).ConfigureAwait(false);
            return removed;
        }
        catch (Exception e) when (e is ThreadNotFoundException or ThreadExpiredException)
        {
            return false;
        }
    }

    /// <inheritdoc cref="ThreadHandle.LabelsAsync"/>
    public static async ValueTask<IReadOnlyList<ThreadLabel>> ListAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
        => await PointFold.ReadAsync(store, key, ThreadPoint.Newest, cancellationToken).ConfigureAwait(false) is { } fold ? LabelCodec.ReadAll(fold.State) : [];

    private static ValueTask<(CommitInfo Commit, T Result)> UpdateAsync<T>(
        StoreContext store, ThreadKey key, Func<ThreadSession, CancellationToken, ValueTask<T>> change, CommitOptions options, CancellationToken cancellationToken)
        => Updater.UpdateAsync(
            store, key, token => SessionOpener.OpenAsync(store, key, new() { MustExist = true, LoadUser = false }, allowDeleted: false, token), change, options, cancellationToken);
}
