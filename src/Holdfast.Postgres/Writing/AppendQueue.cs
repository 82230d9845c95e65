using System.Diagnostics;
using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Writing;

/// <summary>Group commit: a caller that finds a writer's place free writes at once; those who come while all are taken form the next batch.</summary>
/// <remarks>Nobody waits for others to come. A batch has no thread that another batch is writing, so they never wait for each other's locks.</remarks>
internal sealed class AppendQueue(Database database)
{
    /// <summary>One batch may be on its way while another one is.</summary>
    private const int MaxWriters = 2;

    /// <summary>
    /// A second batch beside one of more than a few spreads the same appends over two transactions, which is more work for both sides. It is begun only when many wait for it,
    /// or the first takes its time: it may wait for a lock, or the server may be far away.
    /// </summary>
    private const int Few = 4, Many = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);

    /// <summary>What a batch holds at most, unless one body alone is larger.</summary>
    private const int MaxItems = 256, MaxBytes = 1024 * 1024;

    /// <summary>
    /// How many batches in a row are written over one connection: the next one that the pool would give belongs to another process of the server, which has all to look up
    /// anew. Then it is given back, or writers would leave none to readers when there are few.
    /// </summary>
    private const int MaxUses = 16;

    /// <summary>The largest body: what jsonb can hold, with which PostgreSQL is still at ease.</summary>
    private const int LargestBody = 256 * 1024 * 1024;

    private readonly AppendWriter _writer = new(database);
    private readonly Lock _gate = new();
    private readonly LinkedList<PendingAppend> _waiting = [];
    private readonly HashSet<ThreadKey> _beingWritten = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _arrivals;
    private long _begun;
    private int _gathering;
    private int _writers;
    private bool _isWatched;
    private bool _isClosed;

    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        var metadata = MetadataColumns.Of(request.Head.Metadata);
        var isPlain = PlainJson.IsBody(request.Entry.Body.Span);
        PendingAppend item;
        var watches = false;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(PostgresCommitLog));
            var leads = HasPlaceBeside(_writers) && !_beingWritten.Contains(request.Entry.Key);
            item = new(request, leads) { Metadata = metadata, IsPlain = isPlain, Arrival = ++_arrivals };
            _waiting.AddLast(item);
            if (leads)
            {
                _writers++;
            }
            else if (!_isWatched)
            {
                _isWatched = watches = true;
            }
        }

        if (watches)
        {
            // Not in the context of this caller, whom the others do not concern.
            ThreadPool.UnsafeQueueUserWorkItem(static queue => _ = queue.WatchAsync(), this, preferLocal: false);
        }

        if (item.Leads)
        {
            _ = WriteAsync(item, held: null, uses: 0);
        }

        return cancellationToken.CanBeCanceled && !item.Task.IsCompleted ? AwaitAsync(item, cancellationToken) : new(item.Task);
    }

    private static void Check(AppendRequest request)
    {
        AppendRules.Check(request);
        StorableText.Check(request.Head);
        if (request.Entry.Body.Length > LargestBody)
        {
            throw new StateTooLargeException(
                $"The entry of version {request.Entry.Version} of thread '{request.Entry.Key}' has {request.Entry.Body.Length:N0} bytes; PostgreSQL is given {LargestBody:N0} at most. Nothing was written.");
        }
    }

    /// <summary>Refuses appends from now on, and waits for those that were accepted.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_writers == 0)
            {
                _idle.TrySetResult();
            }
        }

        return _idle.Task;
    }

    private async ValueTask<AppendResult> AwaitAsync(PendingAppend item, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (queue, item) = ((AppendQueue, PendingAppend))state!;
                if (queue.Withdraw(item))
                {
                    item.Cancel(token);
                }
            },
            (this, item));
        await using (registration.ConfigureAwait(false))
        {
            return await item.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Begins another batch beside one that takes its time, for those who wait for it while nobody comes after them.</summary>
    private async Task WatchAsync()
    {
        bool goesOn;
        do
        {
            await Task.Delay(Patience, TimeProvider.System).ConfigureAwait(false);
            bool begins;
            lock (_gate)
            {
                goesOn = _isWatched = _waiting.Count > 0;
                begins = HasPlaceBeside(_writers) && HasNext();
                if (begins)
                {
                    _writers++;
                    _gathering++;
                }
            }

            if (begins)
            {
                await WriteNextAsync(held: null, uses: 0).ConfigureAwait(false);
            }
        }
        while (goesOn);
    }

    /// <summary>Takes an item back that no batch has taken; false if one has.</summary>
    private bool Withdraw(PendingAppend item)
    {
        lock (_gate)
        {
            return _waiting.Remove(item);
        }
    }

    /// <summary>Writes one batch and passes the writer's place on: to the next batch, if any waits.</summary>
    /// <param name="leader">The item of the caller on whose thread this runs; null if there is none.</param>
    /// <param name="held">The connection of the batch before, if it is kept.</param>
    /// <param name="uses">How many batches it has written.</param>
    private async Task WriteAsync(PendingAppend? leader, NpgsqlConnection? held, int uses)
    {
        long arrivals;
        lock (_gate)
        {
            arrivals = _arrivals;
        }

        var outcomes = new AppendOutcomes(leader);
        List<PendingAppend> batch = [];
        var (hasTaken, hasFailed) = (false, false);
        try
        {
            var connection = held ?? await database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            // Taken only now, so that those who came while the connection was opened are in it, and could cancel until now.
            batch = Take(isGathering: leader is null);
            hasTaken = true;
            held = await WriteAsync(batch, connection, outcomes).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Nobody awaits this: whatever happens, everyone who waits for it must be told.
            (held, hasFailed) = (null, true);
            outcomes.FailAll(hasTaken ? batch : TakeThoseOf(leader, arrivals), item => Translate(e, item, isConnecting: !hasTaken));
        }

        await PassOnAsync(batch, hasFailed, held, uses + 1).ConfigureAwait(false);
        outcomes.TellWriter();
    }

    /// <returns>The connection over which it was written. When this throws, it has been given back.</returns>
    private async Task<NpgsqlConnection> WriteAsync(List<PendingAppend> batch, NpgsqlConnection connection, AppendOutcomes outcomes)
    {
        try
        {
            await _writer.WriteAsync(connection, batch, outcomes).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (PostgresErrors.IsLostConnection(e))
        {
            // The pool may have held a connection that the server had closed long ago. Repeating is safe: what stands is found to stand.
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        connection = await database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await _writer.WriteAsync(connection, batch, outcomes).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask PassOnAsync(List<PendingAppend> batch, bool hasFailed, NpgsqlConnection? held, int uses)
    {
        lock (_gate)
        {
            _beingWritten.ExceptWith(batch.Select(item => item.Key));
            if (held is not null && uses < MaxUses && TryGather(batch, hasFailed, held, uses))
            {
                return;
            }
        }

        await GiveBackAsync(held).ConfigureAwait(false);
        lock (_gate)
        {
            if (!TryGather(batch, hasFailed, held: null, uses: 0))
            {
                Leave();
            }
        }
    }

    // Within the lock.
    private bool TryGather(List<PendingAppend> batch, bool hasFailed, NpgsqlConnection? held, int uses)
    {
        // After a failure another writer, if there is one, goes on with what waits. Who was in a batch with others may be back at once: the place is kept
        // until they had their turn in the queue of the thread pool, or else the first of them would be written alone and the others wait for it.
        if ((hasFailed && _writers > 1) || !HasPlaceBeside(_writers - 1) || (batch.Count <= 1 && !HasNext()))
        {
            return false;
        }

        _gathering++;
        _begun = Stopwatch.GetTimestamp();
        // The next batch is not the affair of this caller: it has neither its thread nor its context.
        ThreadPool.UnsafeQueueUserWorkItem(static next => _ = next.Queue.WriteNextAsync(next.Held, next.Uses), (Queue: this, Held: held, Uses: uses), preferLocal: false);
        return true;
    }

    private async Task WriteNextAsync(NpgsqlConnection? held, int uses)
    {
        if (!TryGoOn(leaves: held is null))
        {
            await GiveBackAsync(held).ConfigureAwait(false);
            if (held is null || !TryGoOn(leaves: true))
            {
                return;
            }

            held = null;
        }

        await WriteAsync(leader: null, held, uses).ConfigureAwait(false);
    }

    private bool TryGoOn(bool leaves)
    {
        lock (_gate)
        {
            if (HasNext())
            {
                return true;
            }

            if (leaves)
            {
                _gathering--;
                Leave();
            }

            return false;
        }
    }

    // Nobody awaits the writers, so that nothing may be thrown here; a connection that breaks now has done its work.
    private static async ValueTask GiveBackAsync(NpgsqlConnection? connection)
    {
        if (connection is null)
        {
            return;
        }

        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresErrors.IsBackend(e))
        {
            // The pool knows.
        }
    }

    // Within the lock.
    private bool HasPlaceBeside(int writers)
        => writers == 0
        || (writers < MaxWriters && ((_gathering == 0 && _beingWritten.Count <= Few) || _waiting.Count >= Many || Stopwatch.GetElapsedTime(_begun) > Patience));

    // Within the lock.
    private bool HasNext() => _waiting.Any(item => !_beingWritten.Contains(item.Key));

    // Within the lock.
    private void Leave()
    {
        if (--_writers == 0 && _isClosed)
        {
            _idle.TrySetResult();
        }
    }

    private List<PendingAppend> Take(bool isGathering)
    {
        lock (_gate)
        {
            _gathering -= isGathering ? 1 : 0;
            var batch = new List<PendingAppend>();
            long bytes = 0;
            for (var node = _waiting.First; node is not null && batch.Count < MaxItems;)
            {
                var (item, next) = (node.Value, node.Next);
                if (!_beingWritten.Contains(item.Key))
                {
                    bytes += item.Request.Entry.Body.Length;
                    if (bytes > MaxBytes && batch.Count > 0)
                    {
                        break;
                    }

                    batch.Add(item);
                    _waiting.Remove(node);
                }

                node = next;
            }

            _beingWritten.UnionWith(batch.Select(taken => taken.Key));
            _begun = Stopwatch.GetTimestamp();
            return batch;
        }
    }

    /// <summary>Takes those whom a failed attempt to connect concerns: its own leader, and all who waited for it if nobody else writes. Those who came later have the next attempt.</summary>
    private List<PendingAppend> TakeThoseOf(PendingAppend? leader, long arrivals)
    {
        lock (_gate)
        {
            _gathering -= leader is null ? 1 : 0;
            var taken = _waiting.Where(item => item == leader || (_writers == 1 && item.Arrival <= arrivals)).ToList();
            taken.ForEach(item => _waiting.Remove(item));
            return taken;
        }
    }

    private Exception Translate(Exception e, PendingAppend item, bool isConnecting) => e switch
    {
        ObjectDisposedException => new ObjectDisposedException(nameof(PostgresCommitLog), e),
        _ => PostgresErrors.Translate(e, database.Target, AppendWriter.What(item), item.MayStand, isConnecting),
    };
}
