using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast;

/// <summary>One call of a handler: its thread, and what becomes of what it changes.</summary>
internal sealed class HandlerCall(HttpContext context, HandlerSetup setup, AgentStateStore view, ThreadRequest request, ThreadSession? session, ThreadPosition position, HandlerLog log)
{
    /// <summary>How often a commit is sent while it is not known what came of it. On a network, each of them is repeated by the store besides.</summary>
    private const int Attempts = 4;

    private bool _isDropped;

    public ThreadRequest Request => request;

    public ThreadSession? Session => session;

    /// <summary>The handler has returned, and nothing of its answer is written yet.</summary>
    public async ValueTask ReturnedAsync(object? result)
    {
        if (_isDropped)
        {
            return;
        }

        if (HandlerResult.StatusOf(result, context.Response) is >= 400 and var status)
        {
            _isDropped = true;
            if (session?.HasChanges is true)
            {
                log.Dropped(setup.Pattern, status, request.Id);
            }

            return;
        }

        await CommitAsync().ConfigureAwait(false);
        if (setup.Options.UseETags)
        {
            Preconditions.Tell(context.Response, session?.Position ?? (HandlerSetup.IsRead(context.Request) ? position : default), HandlerSetup.IsRead(context.Request));
        }
    }

    /// <summary>The answer is written. What it has changed while it was, or a handler that wrote it by itself, is committed now.</summary>
    public ValueTask WrittenAsync() => _isDropped || context.Response.StatusCode >= 400 || context.RequestAborted.IsCancellationRequested ? default : CommitAsync();

    /// <summary>See <see cref="ThreadRequest.ResetStateAsync"/>.</summary>
    public async ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        if (setup.IsReadOnly(context.Request))
        {
            throw new InvalidOperationException($"The handler of {setup.Pattern} only reads, and so cannot begin its thread anew.");
        }

        _isDropped = true;
        if (setup.Options.Source.Cookie is { } cookie)
        {
            await request.Thread.DeleteAsync(cancellationToken).ConfigureAwait(false);
            cookie.Write(context, setup.Options, view, ThreadCookie.NewId(setup.Options), isNew: true);
        }
        else
        {
            await request.Thread.ResetAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>See <see cref="ThreadRequest.StreamChatAsync(IChatClient, IEnumerable{ChatMessage}, ChatStreamOptions?, CancellationToken)"/>.</summary>
    public async Task<IResult> StreamAsync(IChatClient chat, IReadOnlyList<ChatMessage> messages, ChatStreamOptions options, CancellationToken cancellationToken)
    {
        var key = request.IdempotencyKey is { } turn ? new ChatRunKey(setup.Options.StoreName, view.Tenant, request.UserId, request.Id, turn) : null;
        var call = request.ToChatOptions(options.Chat);
        var (run, isJoined) = context.RequestServices.GetRequiredService<ChatRuns>().Begin(key, request.Id, () => chat.GetStreamingResponseAsync(messages, call, CancellationToken.None), options.DataOf);
        await run.BegunAsync(cancellationToken).ConfigureAwait(false);
        var from = isJoined ? run.After(context.Request.Headers["Last-Event-ID"]) : 0;
        return new ChatStreamResult(run, from, options.KeepAlive, context.RequestServices.GetService<TimeProvider>() ?? TimeProvider.System);
    }

    // The handler has succeeded, so that a client who is gone does not undo it.
    private async ValueTask CommitAsync()
    {
        if (session?.HasChanges is not true)
        {
            return;
        }

        if (setup.IsReadOnly(context.Request))
        {
            throw new InvalidOperationException(
                $"The handler of {setup.Pattern} has changed the thread, and it is one that only reads. Nothing was stored. Use another method than {context.Request.Method}, or set {nameof(HandlerOptions)}.{nameof(HandlerOptions.ReadOnly)} to false.");
        }

        try
        {
            await SettleAsync(session).ConfigureAwait(false);
        }
        catch (CommitConflictException) when (Preconditions.HasIfMatch(context.Request) && setup.Options.UseETags)
        {
            throw Preconditions.Failed();
        }
    }

    private async ValueTask SettleAsync(ThreadSession changed)
    {
        var reason = setup.Pattern is null ? context.Request.Method : $"{context.Request.Method} {setup.Pattern}";
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await changed.CommitAsync(reason, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (StoreUnavailableException e) when (e.OutcomeUnknown && attempt < Attempts)
            {
            }
            catch (PartialCommitException) when (attempt < Attempts)
            {
            }
        }
    }
}
