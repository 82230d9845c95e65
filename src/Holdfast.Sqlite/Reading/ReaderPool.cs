using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Schema;

namespace Holdfast.Sqlite.Reading;

/// <summary>The connections that read: as many as there are readers at the same time, of which a few are kept for the next ones.</summary>
internal sealed class ReaderPool(DatabaseFile file) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<ReaderConnection> _idle = new();
    private readonly int _keep = Math.Max(4, Environment.ProcessorCount * 2);
    private ReaderConnection? _anchor;
    private ReaderConnection? _setAside;
    private bool _closed;

    /// <summary>Reads with a connection that no one else uses meanwhile.</summary>
    public TResult Read<TArgument, TResult>(TArgument argument, Func<ReaderConnection, TArgument, TResult> read)
    {
        var connection = Rent();
        var intact = false;
        try
        {
            var result = read(connection, argument);
            intact = true;
            return result;
        }
        finally
        {
            Return(connection, intact);
        }
    }

    /// <summary>Takes over a connection that is open already, and keeps it open whatever happens: it holds the files in place.</summary>
    public void Add(Connection connection)
    {
        _anchor = new(connection);
        Return(_anchor, intact: true);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_idle.TryPop(out var connection))
            {
                connection.Dispose();
            }

            _setAside?.Dispose();
        }
    }

    private ReaderConnection Rent()
    {
        file.CheckInPlace();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteCommitLog));
            if (_idle.TryPop(out var connection))
            {
                return connection;
            }
        }

        return new(file.OpenReader());
    }

    private void Return(ReaderConnection connection, bool intact)
    {
        lock (_gate)
        {
            if (!_closed && intact && (_idle.Count < _keep || connection == _anchor))
            {
                _idle.Push(connection);
                return;
            }

            if (!_closed && connection == _anchor)
            {
                _setAside = connection;
                return;
            }
        }

        connection.Dispose();
    }
}
