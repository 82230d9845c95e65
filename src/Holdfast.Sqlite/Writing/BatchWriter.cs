using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes batches, each as one transaction. One caller at a time.</summary>
internal sealed class BatchWriter(Func<WriterConnection> open, SqliteLogOptions options) : IDisposable
{
    private WriterConnection? _writer;

    /// <summary>Begins the transaction of a batch; false if another process holds the lock.</summary>
    public bool TryBegin()
    {
        _writer ??= open();
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
                batch[0].Fail(SqliteErrors.Translate(e, options.DataSource));
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
        }
        catch (Exception e)
        {
            // What reached the disk is not known, and another attempt to flush the same file might succeed without having written anything:
            // a new connection reads what is really there.
            Dispose();
            foreach (var write in batch)
            {
                write.Fail(SqliteErrors.Translate(e, options.DataSource, outcomeUnknown: true));
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
                _writer ??= open();
                if (_writer.TryBegin(options.BusyTimeout))
                {
                    Write([batch[i]]);
                    continue;
                }
            }
            catch (Exception e)
            {
                batch[i].Fail(SqliteErrors.Translate(e, options.DataSource));
                continue;
            }

            foreach (var write in batch.Skip(i))
            {
                write.Fail(SqliteErrors.LockedTooLong(options.DataSource, options.BusyTimeout));
            }

            return;
        }
    }
}
