using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Holdfast;

/// <summary>Finds the thread of a request, and opens it for whoever asks.</summary>
internal static class HandlerOpening
{
    /// <returns>The call; null if the request is answered already, with 304.</returns>
    /// <exception cref="RefusedException">The request is answered with a problem.</exception>
    public static async ValueTask<HandlerCall?> OpenAsync(HttpContext context, HandlerSetup setup, HandlerLog log)
    {
        var options = setup.Options;
        var store = StoreOf(context, options);
        var user = RequestUser.Of(context, options);
        var view = user is null ? store : store.ForUser(user);
        var key = IdempotencyKey.Of(context.Request);

        var (id, session, position) = options.Source.Cookie is { } cookie
            ? await OpenAsync(context, setup, store, view, cookie).ConfigureAwait(false)
            : await OpenAsync(context, setup, store, view, IdOf(context, options), setup.MustExist(context.Request), setup.HasSession).ConfigureAwait(false);
        if (options.UseETags && Preconditions.IsNotModified(context.Request, position, HandlerSetup.IsRead(context.Request)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            Preconditions.Tell(context.Response, position, isRead: true);
            return null;
        }

        var request = new ThreadRequest(view, id, key);
        return request.Call = new(context, setup, view, request, session, position, log);
    }

    // A cookie never leads to an error: what it names that is not the visitor's any more is left alone, and a new thread begins. Only a session tells a thread that was deleted from one that is to begin.
    private static async ValueTask<OpenedThread> OpenAsync(
        HttpContext context, HandlerSetup setup, AgentStateStore store, AgentStateStore view, ThreadCookie cookie)
    {
        context.Response.Headers.AppendCommaSeparatedValues(HeaderNames.Vary, HeaderNames.Cookie);
        if (cookie.Read(context, setup.Options, view) is { } known)
        {
            try
            {
                var opened = await OpenAsync(context, setup, store, view, known, mustExist: false, hasSession: true).ConfigureAwait(false);
                cookie.Write(context, setup.Options, view, known, isNew: false);
                return setup.HasSession ? opened : opened with { Session = null };
            }
            catch (Exception e) when (e is ThreadNotFoundException or RefusedException)
            {
            }
        }

        var id = ThreadCookie.NewId(setup.Options);
        cookie.Write(context, setup.Options, view, id, isNew: true);
        return await OpenAsync(context, setup, store, view, id, mustExist: false, setup.HasSession).ConfigureAwait(false);
    }

    private static async ValueTask<OpenedThread> OpenAsync(
        HttpContext context, HandlerSetup setup, AgentStateStore store, AgentStateStore view, ThreadId id, bool mustExist, bool hasSession)
    {
        var session = hasSession ? await OpenSessionAsync(context, setup, view, id, mustExist).ConfigureAwait(false) : null;
        var info = hasSession ? null : await view.Thread(id).GetInfoAsync(context.RequestAborted).ConfigureAwait(false);
        var isThere = session?.Version > 0 || info is not null;
        if (view.UserId is null && (session?.UserId ?? info?.UserId) is not null)
        {
            throw RefusedException.OfForeign(mustExist);
        }

        if (!isThere && mustExist)
        {
            throw new RefusedException(ProblemCatalog.Of(ErrorCodes.ThreadNotFound));
        }

        // To the user's view a thread of others is not there, and only the commit would meet it: after all that the handler does.
        if (!isThere && view.UserId is { } user && await store.Thread(id).GetInfoAsync(context.RequestAborted).ConfigureAwait(false) is { } taken && taken.UserId != user)
        {
            throw RefusedException.OfForeign(mustExist);
        }

        return new(id, session, session?.Position ?? info?.Position ?? default);
    }

    private static ValueTask<ThreadSession> OpenSessionAsync(HttpContext context, HandlerSetup setup, AgentStateStore view, ThreadId id, bool mustExist)
    {
        var open = setup.Options.Open;
        var isOfUser = view.UserId is not null;
        return view.OpenAsync(
            id,
            open with
            {
                // Of a thread that expired, nobody is told who does not own it.
                MustExist = mustExist && isOfUser,
                RebaseOnConflict = open.RebaseOnConflict && isOfUser && !(setup.Options.UseETags && Preconditions.HasIfMatch(context.Request)),
            },
            context.RequestAborted);
    }

    private static AgentStateStore StoreOf(HttpContext context, HandlerOptions options)
    {
        var services = context.RequestServices;
        var store = options.StoreName is { } name ? services.GetRequiredKeyedService<AgentStateStore>(name) : services.GetRequiredService<AgentStateStore>();
        return options.TenantOf is not { } tenantOf ? store
            : tenantOf(context) is { Length: > 0 } tenant ? store.ForTenant(tenant)
            : throw RefusedException.Of(StatusCodes.Status403Forbidden, ErrorCodes.AccessDenied, "The request has no tenant.");
    }

    private static ThreadId IdOf(HttpContext context, HandlerOptions options)
        => options.Source.Read(context) is { Length: > 0 } text
            ? ThreadId.Parse(options.IdPrefix + text)
            : throw RefusedException.Of(StatusCodes.Status400BadRequest, ErrorCodes.InvalidIdentifier, $"The request does not say which thread it is about: {options.Source.What} is missing.");

    private sealed record OpenedThread(ThreadId Id, ThreadSession? Session, ThreadPosition Position);
}
