using System.Runtime.CompilerServices;

namespace Holdfast.Logs;

/// <content>Reading and listing.</content>
public sealed partial class FileCommitLog
{
    /// <inheritdoc/>
    public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var place = FilePlace.Of(_root.Path, request.Key);
        return LookAsync(place, () => ReadTail(place, request), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var place = FilePlace.Of(_root.Path, request.Key);
        return LookAsync(
            place,
            () =>
            {
                using var source = _root.TryOpen(place.Path, FileAccess.Read);
                var state = Current(source, place);
                return request.WithPins && state is not null ? state.Head with { Pins = state.Pins } : state?.Head;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var place = FilePlace.Of(_root.Path, request.Key);
        using var entries = new EntryStream(_root, place, Math.Max(request.From, 1), request.To, request.Direction, request.Life);
        while (await LookAsync(place, entries.Next, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        query.Filter.Validate();
        await Task.CompletedTask.ConfigureAwait(false);
        try
        {
            return _index.Page(query, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The directory '{_root.Path}' could not be listed: {e.Message}", e);
        }
    }

    private ThreadTail? ReadTail(FilePlace place, TailRequest request)
    {
        using var source = _root.TryOpen(place.Path, FileAccess.Read);
        return source is not null && _states.Tail(source, request, _indexed) is { } tail && (request.Life is null || request.Life == tail.Head.Life)
            ? new(tail.Head, tail.Entries)
            : null;
    }
}
