using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Schema;
using SQLitePCL;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes batches, each as one transaction. One caller at a time.</summary>
internal sealed class BatchWriter(DatabaseFile file) : IDisposable
{
    private WriterConnection? _writer;

    /// <summary>Begins the transaction of a batch; false if another process holds the lock.</summary>
    public bool TryBegin()
    {
        file.CheckInPlace();
        _writer ??= new(file.OpenWriter());
        return _writer.TryBegin();
    }

    /// <summary>Writes a batch into the transaction that was begun and commits it. Each write then has its answer or its error.</summary>
    public void Write(IReadOnlyList<PendingWrite> batch)
    {
        try
        {
            foreach (var write in batch)
            {
                write.Run(_writer!);
            }

            _writer!.Finish();
        }
        catch (Exception e)
        {
            Rollback();
            if (batch.Count == 1)
            {
                batch[0].Fail(SqliteErrors.Translate(e, file.Options.DataSource));
                return;
            }

            // The one that failed took its neighbours with it: now each has to stand on its own.
            WriteOneByOne(batch);
            return;
        }

        Commit(batch);
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private void Commit(IReadOnlyList<PendingWrite> batch)
    {
        try
        {
            _writer!.Commit();
            file.CheckInPlace(committed: true);
        }
        catch (Exception e)
        {
            // What reached the disk is not known, and another attempt to flush the same file might succeed without having written anything:
            // a new connection reads what is really there. Only where there was no room, the frame that would end the transaction was never whole.
            Dispose();
            var outcomeUnknown = e is not SqliteFailure { PrimaryCode: raw.SQLITE_FULL };
            foreach (var write in batch)
            {
                write.Fail(SqliteErrors.Translate(e, file.Options.DataSource, outcomeUnknown));
            }
        }
    }

    private void Rollback()
    {
        try
        {
            _writer!.Rollback();
        }
        catch (SqliteFailure)
        {
            // Closing the connection rolls back as well.
            Dispose();
        }
    }

    private void WriteOneByOne(IReadOnlyList<PendingWrite> batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            try
            {
                file.CheckInPlace();
                _writer ??= new(file.OpenWriter());
                if (_writer.TryBegin(file.Options.BusyTimeout))
                {
                    Write([batch[i]]);
                    continue;
                }
            }
            catch (Exception e)
            {
                batch[i].Fail(SqliteErrors.Translate(e, file.Options.DataSource));
                continue;
            }

            foreach (var write in batch.Skip(i))
            {
                write.Fail(SqliteErrors.LockedTooLong(file.Options.DataSource, file.Options.BusyTimeout));
            }

            return;
        }
    }
}
