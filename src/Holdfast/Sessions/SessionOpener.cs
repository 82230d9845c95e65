using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Opens sessions: reads a thread, refuses what may not be opened, and folds it.</summary>
internal static class SessionOpener
{
    private static readonly OpenOptions OfVariables = new() { RebaseOnConflict = true, LastWriterWins = true };

    /// <summary>Opens a thread, and along with it the variables of the user it is opened for.</summary>
    public static async ValueTask<ThreadSession> OpenAsync(StoreContext store, ThreadKey key, OpenOptions options, bool allowDeleted, CancellationToken cancellationToken)
    {
        options = ForView(store, options);
        options.Validate();
        var thread = ReadAsync(store, key, options, allowDeleted, cancellationToken);
        if (options is not { UserId: { } userId, LoadUser: true })
        {
            return new(await thread.ConfigureAwait(false));
        }

        // Both are read at the same time; when one fails, the other is still awaited.
        var variables = ReadAsync(store.ForVariables(), VariablesOf(key.Tenant, userId), OfVariables, false, cancellationToken).AsTask();
        try
        {
            return new(await thread.ConfigureAwait(false), await variables.ConfigureAwait(false));
        }
        finally
        {
            await ((Task)variables).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Opens the variables of a user by themselves.</summary>
    public static async ValueTask<ThreadSession> OpenVariablesAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
        => new(await ReadAsync(store.ForVariables(), key, new(), false, cancellationToken).ConfigureAwait(false));

    /// <summary>The thread that holds what all threads of a user share.</summary>
    public static ThreadKey VariablesOf(string tenant, string userId) => ThreadKey.Of(ThreadSpace.Users, tenant, Identifiers.Check(userId, "user id"));

    private static async ValueTask<SessionState> ReadAsync(StoreContext store, ThreadKey key, OpenOptions options, bool allowDeleted, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.StartRead(key);
        var started = Stopwatch.GetTimestamp();
        var tail = await store.Calls.ReadTailAsync(key, options.RecentMessages, cancellationToken).ConfigureAwait(false);
        var took = Stopwatch.GetElapsedTime(started);
        Telemetry.Read(took);
        StoreLog.Opened(store.Logger, key, tail?.Head.Version ?? 0, tail?.Head.MessageCount ?? 0, took.TotalMilliseconds);
        if (tail is null)
        {
            return options.MustExist ? throw new ThreadNotFoundException(key) : new(store, key, options, null);
        }

        var head = tail.Head;
        if (head.ExpiresAt is { } expiry && head.IsExpired(await store.NowAsync(cancellationToken).ConfigureAwait(false)))
        {
            return options.MustExist ? throw new ThreadExpiredException(key, expiry) : new(store, key, options, null, expired: head);
        }

        if (head.DeletedAt is not null && !allowDeleted)
        {
            throw new ThreadNotFoundException(key, deleted: true);
        }

        return options.UserId is { } userId && head.UserId is { } owner && owner != userId && key.Space == ThreadSpace.Threads
            ? throw new ThreadAccessDeniedException(key)
            : new(store, key, options, TailFold.Of(store.Bodies, tail));
    }

    // What is opened through a user's view is opened for that user.
    private static OpenOptions ForView(StoreContext store, OpenOptions options) => store.User switch
    {
        null => options,
        var user when options.UserId is null || options.UserId == user => options with { UserId = user },
        var user => throw new ArgumentException($"This is the view of user '{user}': it cannot open threads for user '{options.UserId}'.", nameof(options)),
    };
}
