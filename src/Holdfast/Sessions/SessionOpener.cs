using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Opens sessions: reads a thread, refuses what may not be opened, and folds it.</summary>
internal static class SessionOpener
{
    private static readonly OpenOptions OfVariables = new() { RebaseOnConflict = true, LastWriterWins = true };
    private static readonly Task<SessionState?> Nothing = Task.FromResult<SessionState?>(null);

    /// <summary>Opens a thread, and along with it the variables of the user it is opened for, and those of the application where they are asked for.</summary>
    public static async ValueTask<ThreadSession> OpenAsync(StoreContext store, ThreadKey key, OpenOptions options, bool allowDeleted, CancellationToken cancellationToken)
    {
        options = ForView(store, options.ParentId is null ? options with { ParentId = store.Parent } : options);
        options.Validate();
        if (options.ParentId == key.Id)
        {
            throw new ArgumentException($"Thread '{key}' cannot be its own parent.", nameof(options));
        }

        store = options.Expiry is { } expiry ? store.WithExpiry(expiry) : store;
        var session = await OpenAsIsAsync(store, key, options, allowDeleted, cancellationToken).ConfigureAwait(false);
        if (options.Repair is { } repair)
        {
            await OpenCallRepair.ApplyAsync(session.State, repair, cancellationToken).ConfigureAwait(false);
        }

        return session;
    }

    private static async ValueTask<ThreadSession> OpenAsIsAsync(StoreContext store, ThreadKey key, OpenOptions options, bool allowDeleted, CancellationToken cancellationToken)
    {
        var thread = SessionOpener.ReadAsync(store, key, options, allowDeleted, cancellationToken);
        if (options is { UserId: null, LoadApp: false } or { LoadUser: false, LoadApp: false })
        {
            return new(await thread.ConfigureAwait(false));
        }

        // All are read at the same time; when one fails, the others are still awaited.
        var user = options is { UserId: { } userId, LoadUser: true } ? ReadAsync(VariablesOf(key.Tenant, userId)) : Nothing;
        var app = options.LoadApp ? ReadAsync(VariablesOfApp(key.Tenant)) : Nothing;
        try
        {
            return new(await thread.ConfigureAwait(false), await user.ConfigureAwait(false), await app.ConfigureAwait(false));
        }
        finally
        {
            await ((Task)user).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)app).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<SessionState?> ReadAsync(ThreadKey variables)
            => await SessionOpener.ReadAsync(store.ForVariables(), variables, OfVariables, false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Variables that were not read with a thread: they can be set, and are read when they are committed.</summary>
    public static SessionState Unread(StoreContext store, ThreadKey variables) => new(store.ForVariables(), variables, OfVariables, null, isRead: false);

    /// <summary>Reads variables that were set without being read.</summary>
    public static async ValueTask ReadLateAsync(SessionState variables, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(variables.Store, variables.Key, variables.Open, false, cancellationToken).ConfigureAwait(false);
        variables.AdoptUnder(read.TakeOut());
    }

    /// <summary>Opens the variables of a user, or of the application, by themselves.</summary>
    public static async ValueTask<ThreadSession> OpenVariablesAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
        => new(await ReadAsync(store.ForVariables(), key, new(), false, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads a thread that is to be changed. Where none is there, it may be that it was being recovered: then that is finished first.</summary>
    public static async ValueTask<ThreadTail?> ReadTailAsync(StoreContext store, TailRequest request, CancellationToken cancellationToken)
        => await store.Calls.ReadTailAsync(request, cancellationToken).ConfigureAwait(false)
            ?? (store.OnCorrupt is { } recovery && await recovery.FinishAsync(store, request.Key, cancellationToken).ConfigureAwait(false)
                ? await store.Calls.ReadTailAsync(request, cancellationToken).ConfigureAwait(false)
                : null);

    /// <summary>The thread that holds what all threads of a user share.</summary>
    public static ThreadKey VariablesOf(string tenant, string userId) => ThreadKey.Of(ThreadSpace.Users, tenant, Identifiers.Check(userId, "user id"));

    /// <summary>The thread that holds what all threads of a tenant share.</summary>
    public static ThreadKey VariablesOfApp(string tenant) => ThreadKey.Of(ThreadSpace.App, tenant, "variables");

    // A thread that is damaged may be recovered, once, and is then opened as it is.
    private static async ValueTask<SessionState> ReadAsync(StoreContext store, ThreadKey key, OpenOptions options, bool allowDeleted, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadStoredAsync(store, key, options, allowDeleted, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException) when (store.OnCorrupt is not null)
        {
            await store.OnCorrupt.RecoverAsync(store, key, cancellationToken).ConfigureAwait(false);
            return await ReadStoredAsync(store, key, options, allowDeleted, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<SessionState> ReadStoredAsync(StoreContext store, ThreadKey key, OpenOptions options, bool allowDeleted, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.StartRead(key);
        var started = Stopwatch.GetTimestamp();
        var tail = await ReadTailAsync(store, new() { Key = key, MinimumEntries = options.RecentMessages }, cancellationToken).ConfigureAwait(false);
        var took = Stopwatch.GetElapsedTime(started);
        Telemetry.Read(took);
        StoreLog.Opened(store.Logger, key, tail?.Head.Version ?? 0, tail?.Head.MessageCount ?? 0, took.TotalMilliseconds);
        if (tail is null)
        {
            return options.MustExist ? throw new ThreadNotFoundException(key) : new(store, key, await UnderParentAsync().ConfigureAwait(false), null);
        }

        var head = tail.Head;
        if (head.ExpiresAt is { } expiry && head.IsExpired(await store.NowAsync(cancellationToken).ConfigureAwait(false)))
        {
            return options.MustExist ? throw new ThreadExpiredException(key, expiry) : new(store, key, await UnderParentAsync().ConfigureAwait(false), null, expired: head);
        }

        if (head.DeletedAt is not null && !allowDeleted)
        {
            throw new ThreadNotFoundException(key, deleted: true);
        }

        if (options.UserId is { } userId && head.UserId is { } owner && owner != userId && key.Space == ThreadSpace.Threads)
        {
            throw new ThreadAccessDeniedException(key);
        }

        var session = new SessionState(store, key, options, TailFold.Of(store.Bodies, tail));
        if (session.Times.Any)
        {
            await session.Times.LearnAsync(cancellationToken).ConfigureAwait(false);
        }

        return session;

        ValueTask<OpenOptions> UnderParentAsync() => Parentage.UnderParentAsync(store, key, options, cancellationToken);
    }

    // What is opened through a user's view is opened for that user.
    private static OpenOptions ForView(StoreContext store, OpenOptions options) => store.User switch
    {
        null => options,
        var user when options.UserId is null || options.UserId == user => options with { UserId = user },
        var user => throw new ArgumentException($"This is the view of user '{user}': it cannot open threads for user '{options.UserId}'.", nameof(options)),
    };
}
