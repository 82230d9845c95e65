using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads records by where they stand: each time one commit, never what lies between.</summary>
/// <param name="source">Where the commits are read.</param>
/// <param name="key">The thread.</param>
internal sealed class RecordReader(ThreadEntries source, ThreadKey key)
{
    /// <summary>The commit of a version.</summary>
    /// <exception cref="HistoryDroppedException">The version was dropped.</exception>
    /// <exception cref="CorruptStateException">The version is damaged.</exception>
    public async ValueTask<CommitBody> ReadAsync(long version, CancellationToken cancellationToken)
    {
        if (source.FirstMissing(version, version) is not null)
        {
            throw new HistoryDroppedException(key, version, source.FirstVersion);
        }

        await foreach (var opened in source.ReadAsync(version, version, ReadDirection.Forward, cancellationToken).ConfigureAwait(false))
        {
            return opened.Body.IsDropped ? throw HistoryDroppedException.Between(key, version, source.FirstVersion) : opened.Body;
        }

        throw new CorruptStateException(key, version, "the entry is missing.");
    }

    /// <summary>The record of a name, by what the state says of where it stands.</summary>
    /// <exception cref="HistoryDroppedException">The version was dropped.</exception>
    /// <exception cref="CorruptStateException">The version is damaged, or does not have what it is said to have.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> NamedAsync(string name, ReadOnlyMemory<byte> pointer, CancellationToken cancellationToken)
        => (await AtAsync(name, RecordPlace.Read(pointer), cancellationToken).ConfigureAwait(false)).Json;

    /// <summary>The record of a name that stands at a place.</summary>
    /// <inheritdoc cref="NamedAsync"/>
    public async ValueTask<StoredRecord> AtAsync(string name, RecordPlace place, CancellationToken cancellationToken)
    {
        var records = (await ReadAsync(place.Version, cancellationToken).ConfigureAwait(false)).Change.Records;
        return place.Index < records.Count && records[place.Index].Name == name
            ? records[place.Index]
            : throw new CorruptStateException(key, place.Version, $"it is said to have the record '{name}' at place {place.Index}, and has not.");
    }

    /// <summary>Where the list of a kind ends in a state; null if it is empty.</summary>
    /// <exception cref="CorruptStateException">The state does not say it as it should.</exception>
    public static RecordListEnd? EndOf(ThreadState state, string kind, ThreadKey key, long version)
    {
        if (!state.TryGet(SectionNames.Lists, kind, out var json))
        {
            return null;
        }

        try
        {
            return RecordListEnd.Read(json);
        }
        catch (FormatException e)
        {
            throw new CorruptStateException(key, version, $"{SectionNames.Lists}/{kind}: {e.Message}", e);
        }
    }

    /// <summary>The records of a list from its end on, newest first. One commit is read at a time, once for all of its records.</summary>
    /// <exception cref="HistoryDroppedException">A version was dropped; the records that are newer were returned.</exception>
    /// <exception cref="CorruptStateException">A version is damaged, or does not have what it is said to have; the records that are newer were returned.</exception>
    public async IAsyncEnumerable<ListedRecord> BackwardAsync(string kind, RecordListEnd? end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CommitBody? commit = null;
        long read = 0;
        while (end is { } place)
        {
            if (commit is null || read != place.Version)
            {
                (commit, read) = (await ReadAsync(place.Version, cancellationToken).ConfigureAwait(false), place.Version);
            }

            var record = Find(commit, kind, place.Index) ?? throw new CorruptStateException(key, read, $"it is said to have a record of the kind '{kind}' at place {place.Index}, and has not.");
            if (!place.Follows(record.Previous))
            {
                // Each is before the one that leads to it, so that no list leads back to itself.
                throw new CorruptStateException(key, read, $"the record of the kind '{kind}' at place {place.Index} does not name the one before it as it should.");
            }

            yield return new(place, record, commit);
            end = record.Previous;
        }
    }

    /// <summary>The record of a kind that is listed and stands at a place; null if there is none.</summary>
    public static StoredRecord? Find(CommitBody commit, string kind, int index)
        => index < commit.Change.Records.Count && commit.Change.Records[index] is { Name: null } record && record.Kind == kind ? record : null;
}
