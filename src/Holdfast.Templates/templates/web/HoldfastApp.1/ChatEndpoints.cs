using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using Holdfast;

namespace HoldfastApp._1;

/// <summary>Conversations over HTTP. Each user has those of their own, whatever ids others use.</summary>
public static class ChatEndpoints
{
    public static void MapChats(this IEndpointRouteBuilder app)
    {
        // A request that is sent again with the same Idempotency-Key is answered once, and gets the same reply.
        app.MapPost("/chats/{id}", async (ThreadRequest request, Said said, RememberingAgent agent, CancellationToken cancellationToken) =>
            new Reply(await agent.SayAsync(request, said.Text, cancellationToken))).WithThread();

        // The same as server-sent events, while the model speaks.
        app.MapPost("/chats/{id}/stream", (ThreadRequest request, Said said, RememberingAgent agent, CancellationToken cancellationToken) =>
            agent.StreamAsync(request, said.Text, cancellationToken)).WithThread();

        app.MapGet("/chats/{id}", async (ThreadSession session, CancellationToken cancellationToken) =>
            from message in await session.History.LastAsync(50, cancellationToken)
            where message.Text.Length > 0
            select new Message(message.Role.Value, message.Text)).WithState();
    }

    /// <summary>The thread of a request: that of its user, by the id in its route.</summary>
    public static string? ThreadOf(HttpContext http)
        => http.User.FindFirstValue(ClaimTypes.NameIdentifier) is { } user && http.GetRouteValue("id") is string id ? ThreadId.Of(user, id).Value : null;

    /// <summary>What is said.</summary>
    public sealed record Said([Required] string Text);

    private sealed record Reply(string Text);

    private sealed record Message(string Role, string Text);
}
